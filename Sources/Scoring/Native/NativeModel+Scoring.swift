import GatehouseCore

extension NativeModel {
    /// The answers for some rows of the chosen columns, row by row.
    ///
    /// Fails with `invalidArgument`, naming row and column, at an infinite number or one beyond XGBoost's 32 bits.
    func scores(columns: [FeatureColumn], rows: Range<Int>, raw: Bool) throws(GatehouseError) -> [Double] {
        switch predictor {
        case .double(let ensemble, let averages):
            var sums = [Double](repeating: 0, count: rows.count * margins)
            if let place = ensemble.addLeaves(of: treesInUse, rows: rows, columns: columns, to: &sums) {
                throw unreadable(columns, place)
            }
            if raw { return sums }
            if averages {
                let divisor = Double(iterations.count)
                sums = sums.map { $0 / divisor }
            }
            return transform.apply(to: sums, margins: margins)
        case .single(let ensemble, let base):
            var sums = [Float]()
            sums.reserveCapacity(rows.count * margins)
            for _ in rows { sums.append(contentsOf: base) }
            if let place = ensemble.addLeaves(of: treesInUse, rows: rows, columns: columns, to: &sums) {
                throw unreadable(columns, place)
            }
            return raw ? sums.map { Double($0) } : transform.apply(to: sums, margins: margins)
        case .linear(let model, let base):
            guard let sums = model.sums(rows: rows, columns: columns, base: base) else { throw unreadable(columns, rows) }
            return raw ? sums.map { Double($0) } : transform.apply(to: sums, margins: margins)
        }
    }

    /// What the library calls the leaf that each tree in use sends a row to, row by row.
    ///
    /// Fails as `scores` does, and with `invalidArgument` for a linear model.
    func leaves(columns: [FeatureColumn], rows: Range<Int>) throws(GatehouseError) -> [Int32] {
        var leaves = [Int32](repeating: 0, count: rows.count * treeCount)
        let unread: Range<Int>?
        switch predictor {
        case .double(let ensemble, _):
            unread = ensemble.findLeaves(of: treesInUse, rows: rows, columns: columns, in: &leaves)
        case .single(let ensemble, _):
            unread = ensemble.findLeaves(of: treesInUse, rows: rows, columns: columns, in: &leaves)
        case .linear:
            throw GatehouseError(
                .invalidArgument, "A linear model (gblinear) has no leaves.", hint: "Ask for its scores instead.")
        }
        if let unread { throw unreadable(columns, unread) }
        return leaves
    }

    /// Names the first cell in `rows`, column by column, that the library's arithmetic makes infinite.
    private func unreadable(_ columns: [FeatureColumn], _ rows: Range<Int>) -> GatehouseError {
        for (position, column) in columns.enumerated() {
            guard case .numbers(let numbers) = column else { continue }
            for row in rows {
                let value = numbers[row]
                let isInfinite =
                    switch format {
                    case .lightGBMText: value.isInfinite
                    case .xgboostJSON, .xgboostUBJSON: Float(value).isInfinite
                    }
                guard isInfinite else { continue }
                let name = featureNames.map { "'\($0[position])'" } ?? "\(position + 1)"
                return GatehouseError(
                    .invalidArgument,
                    "Row \(row + 1) of column \(name) holds \(value), which a model of \(format.library) cannot take.",
                    hint: "Correct the cell, or leave it empty for a missing value.")
            }
        }
        return GatehouseError(.invalidArgument, "Rows \(rows.lowerBound + 1) to \(rows.upperBound) hold an infinite number.")
    }
}
