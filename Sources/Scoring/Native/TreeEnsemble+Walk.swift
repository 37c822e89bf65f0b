extension TreeEnsemble {
    /// What some rows walk over, once for all tiles of a block.
    struct Walk: ~Copyable {
        let tile: FeatureTile<Scalar>
        /// Where each row of the tile has arrived.
        let arrived: UnsafeMutablePointer<UInt32>

        init(slotCount: Int) {
            tile = FeatureTile(slotCount: slotCount)
            arrived = .allocate(capacity: FeatureTile<Scalar>.rowsMax)
            arrived.initialize(repeating: 0, count: FeatureTile<Scalar>.rowsMax)
        }

        deinit { arrived.deallocate() }
    }

    /// Adds the leaves of the trees in `range` to `sums`, tree after tree: the order the libraries add in, so sums are
    /// bit-equal. `sums` holds `outputs` numbers for each of `rows`.
    ///
    /// Returns the first row of a tile with an infinite number, nil when all is well. Specialised by name because a debug
    /// build compiles file by file and would run the generic form, eight times slower.
    @specialized(where Scalar == Float)
    @specialized(where Scalar == Double)
    func addLeaves(
        of range: Range<Int>, rows: Range<Int>, columns: [FeatureColumn], to sums: inout [Scalar]
    ) -> Range<Int>? {
        precondition(sums.count == rows.count * outputs, "every row has its sums")
        return forEachTile(rows, columns) { walk, tile, nodes in
            sums.withUnsafeMutableBufferPointer { sums in
                guard let first = sums.baseAddress else { return }
                let target = first + (tile.lowerBound - rows.lowerBound) * outputs
                for tree in trees[range] {
                    arrive(tree, nodes: nodes, walk: walk, count: tile.count)
                    add(tree.target, nodes: nodes, walk: walk, count: tile.count, to: target)
                }
            }
        }
    }

    /// Writes what the library calls the leaf of each tree in `range`, a row of `leaves` per row of data.
    ///
    /// Returns the first rows with an infinite number, nil when all is well.
    @specialized(where Scalar == Float)
    @specialized(where Scalar == Double)
    func findLeaves(
        of range: Range<Int>, rows: Range<Int>, columns: [FeatureColumn], in leaves: inout [Int32]
    ) -> Range<Int>? {
        precondition(leaves.count == rows.count * range.count, "every row has a leaf per tree")
        return forEachTile(rows, columns) { walk, tile, nodes in
            for (position, tree) in trees[range].enumerated() {
                arrive(tree, nodes: nodes, walk: walk, count: tile.count)
                for row in 0..<tile.count {
                    let target = (tile.lowerBound - rows.lowerBound + row) * range.count + position
                    leaves[target] = leafNumbers[Int(walk.arrived[row])]
                }
            }
        }
    }

    /// Unchecked pointers are sound here because `append` has checked every child and made every slot.
    struct Pointers {
        let values: UnsafePointer<Scalar>
        let slots: UnsafePointer<UInt32>
        let lefts: UnsafePointer<UInt32>
    }

    /// Adds the leaves of the trees in `range` for a few rows that lie one behind the other, `featureCount` numbers each: what
    /// a scoring request brings. `walk` is kept from request to request. A single row walks down four trees at once, where
    /// `addLeaves` above walks four rows down one tree; the order of addition is the same.
    ///
    /// False when a number is infinite in the library's arithmetic.
    @specialized(where Scalar == Float)
    @specialized(where Scalar == Double)
    func addLeaves(
        of range: Range<Int>, numbers: UnsafePointer<Double>, rowCount: Int, walk: borrowing Walk,
        to sums: UnsafeMutablePointer<Scalar>
    ) -> Bool {
        nodes.values.withUnsafeBufferPointer { values in
            nodes.slots.withUnsafeBufferPointer { places in
                nodes.lefts.withUnsafeBufferPointer { lefts in
                    guard let values = values.baseAddress, let places = places.baseAddress, let lefts = lefts.baseAddress
                    else { return true }
                    let pointers = Pointers(values: values, slots: places, lefts: lefts)
                    var start = 0
                    while start < rowCount {
                        let count =
                            rowCount - start < FeatureTile<Scalar>.lanes ? 1 : min(rowCount - start, FeatureTile<Scalar>.rowsMax)
                        let first = numbers + start * featureCount
                        guard walk.tile.fill(first, rowCount: count, stride: featureCount, slots: slots) else { return false }
                        let target = sums + start * outputs
                        if count == 1 {
                            addLeaves(of: range, nodes: pointers, walk: walk, to: target)
                        } else {
                            for tree in trees[range] {
                                arrive(tree, nodes: pointers, walk: walk, count: count)
                                add(tree.target, nodes: pointers, walk: walk, count: count, to: target)
                            }
                        }
                        start += count
                    }
                    return true
                }
            }
        }
    }

    /// The tile's first row down all trees.
    @inline(__always)
    private func addLeaves(
        of range: Range<Int>, nodes: Pointers, walk: borrowing Walk, to sums: UnsafeMutablePointer<Scalar>
    ) {
        trees.withUnsafeBufferPointer { trees in
            let row = UnsafePointer(walk.tile.values)
            var index = range.lowerBound
            while index < range.upperBound {
                let count = min(FeatureTile<Scalar>.lanes, range.upperBound - index)
                let (first, last) = (trees[index], index + count - 1)
                let others = (trees[min(index + 1, last)], trees[min(index + 2, last)], trees[last])
                if first.hasCategories || others.0.hasCategories || others.1.hasCategories || others.2.hasCategories {
                    arriveAsking(first, nodes: nodes, walk: walk, count: 1)
                    add(first.target, nodes: nodes, walk: walk, count: 1, to: sums)
                    index += 1
                    continue
                }
                var lanes = Lanes(first.root, others.0.root, others.1.root, others.2.root)
                let depth = max(max(first.depth, others.0.depth), max(others.1.depth, others.2.depth))
                lanes.descend(depth) { lanes in lanes.step(nodes, same: row) }
                for lane in 0..<count {
                    walk.arrived[0] = lanes[lane]
                    add(trees[index + lane].target, nodes: nodes, walk: walk, count: 1, to: sums)
                }
                index += count
            }
        }
    }

    @inline(__always)
    private func forEachTile(
        _ rows: Range<Int>, _ columns: [FeatureColumn], _ body: (borrowing Walk, Range<Int>, Pointers) -> Void
    ) -> Range<Int>? {
        let walk = Walk(slotCount: slots.count)
        return nodes.values.withUnsafeBufferPointer { values -> Range<Int>? in
            nodes.slots.withUnsafeBufferPointer { places -> Range<Int>? in
                nodes.lefts.withUnsafeBufferPointer { lefts -> Range<Int>? in
                    guard let values = values.baseAddress, let places = places.baseAddress, let lefts = lefts.baseAddress
                    else { return nil }
                    let pointers = Pointers(values: values, slots: places, lefts: lefts)
                    for start in stride(from: rows.lowerBound, to: rows.upperBound, by: FeatureTile<Scalar>.rowsMax) {
                        let tile = start..<min(rows.upperBound, start + FeatureTile<Scalar>.rowsMax)
                        guard walk.tile.fill(tile, of: columns, slots: slots) else { return tile }
                        body(walk, tile, pointers)
                    }
                    return nil
                }
            }
        }
    }

    // MARK: - Down one tree

    /// Levels walked without asking whether all rows of a group have arrived: asking costs more than a few idle steps.
    private static var levelsUnasked: Int32 { 10 }

    @inline(__always)
    private func arrive(_ tree: Tree, nodes: Pointers, walk: borrowing Walk, count: Int) {
        if tree.hasCategories {
            arriveAsking(tree, nodes: nodes, walk: walk, count: count)
        } else {
            arriveComparing(tree, nodes: nodes, walk: walk, count: count)
        }
    }

    /// Four rows walk down at once, without branches: while each waits for memory, the processor works on the others and,
    /// where the number of levels is known before, already on the next four.
    /// Rows beyond `count` walk along, their numbers being whatever the tile held; nobody looks where they arrive.
    @inline(__always)
    private func arriveComparing(_ tree: Tree, nodes: Pointers, walk: borrowing Walk, count: Int) {
        for group in stride(from: 0, to: count, by: FeatureTile<Scalar>.lanes) {
            let row = UnsafePointer(walk.tile.values) + group
            var lanes = Lanes(tree.root, tree.root, tree.root, tree.root)
            lanes.descend(tree.depth) { lanes in lanes.step(nodes, row) }
            lanes.write(to: walk.arrived + group)
        }
    }

    /// Where four rows are in one tree, or one row in four trees, in four registers.
    private struct Lanes {
        var at0, at1, at2, at3: UInt32

        @inline(__always)
        init(_ at0: UInt32, _ at1: UInt32, _ at2: UInt32, _ at3: UInt32) {
            (self.at0, self.at1, self.at2, self.at3) = (at0, at1, at2, at3)
        }

        @inline(__always)
        subscript(lane: Int) -> UInt32 { lane == 0 ? at0 : lane == 1 ? at1 : lane == 2 ? at2 : at3 }

        /// Steps until all have arrived, at most `depth` times.
        @inline(__always)
        mutating func descend(_ depth: Int32, _ step: (inout Lanes) -> Void) {
            var unasked = min(depth, TreeEnsemble.levelsUnasked)
            while unasked > 0 {
                step(&self)
                unasked -= 1
            }
            var level = TreeEnsemble.levelsUnasked
            while level < depth {
                let before = self
                step(&self)
                if areAll(at: before) { break }
                level += 1
            }
        }

        /// One row in all four trees.
        @inline(__always)
        mutating func step(_ nodes: Pointers, same row: UnsafePointer<Scalar>) {
            at0 = Self.child(nodes, at0, row)
            at1 = Self.child(nodes, at1, row)
            at2 = Self.child(nodes, at2, row)
            at3 = Self.child(nodes, at3, row)
        }

        @inline(__always)
        mutating func step(_ nodes: Pointers, _ row: UnsafePointer<Scalar>) {
            at0 = Self.child(nodes, at0, row)
            at1 = Self.child(nodes, at1, row + 1)
            at2 = Self.child(nodes, at2, row + 2)
            at3 = Self.child(nodes, at3, row + 3)
        }

        /// The child a row goes to; a leaf is its own child. The comparison is a number and no condition: a branch on it
        /// would be guessed wrong every other time.
        @inline(__always)
        private static func child(_ nodes: Pointers, _ index: UInt32, _ row: UnsafePointer<Scalar>) -> UInt32 {
            let isGreater = row[Int(nodes.slots[Int(index)])] > nodes.values[Int(index)]
            return nodes.lefts[Int(index)] &+ UInt32(unsafeBitCast(isGreater, to: UInt8.self))
        }

        @inline(__always)
        func areAll(at other: Lanes) -> Bool {
            (at0 ^ other.at0) | (at1 ^ other.at1) | (at2 ^ other.at2) | (at3 ^ other.at3) == 0
        }

        @inline(__always)
        func write(to target: UnsafeMutablePointer<UInt32>) {
            (target[0], target[1], target[2], target[3]) = (at0, at1, at2, at3)
        }
    }

    /// One row after the other, down a tree that also asks for categories.
    @inline(__always)
    private func arriveAsking(_ tree: Tree, nodes: Pointers, walk: borrowing Walk, count: Int) {
        categorySets.withUnsafeBufferPointer { sets in
            categoryWords.withUnsafeBufferPointer { words in
                for row in 0..<count {
                    var index = tree.root
                    while true {
                        let (slot, value) = (nodes.slots[Int(index)], nodes.values[Int(index)])
                        if slot == 0 { break }
                        let cell = walk.tile.values[Int(slot & ~Self.categoryBit) + row]
                        let goesRight =
                            slot & Self.categoryBit == 0
                            ? cell > value : Self.isInSet(cell, sets[Int(value.carriedIndex)], words)
                        index = nodes.lefts[Int(index)] &+ (goesRight ? 1 : 0)
                    }
                    walk.arrived[row] = index
                }
            }
        }
    }

    /// Whether a tile's category goes right: it is in the set, or missing and sent there (-2).
    @inline(__always)
    private static func isInSet(_ value: Scalar, _ set: CategorySet, _ words: UnsafeBufferPointer<UInt32>) -> Bool {
        let code = Int32(value)  // a tile's categories are whole numbers from -2 to 2³¹ - 1
        guard code >= 0 else { return code == -2 }
        guard code < set.bitCount else { return false }
        return words[set.firstWord + Int(code >> 5)] >> UInt32(code & 31) & 1 == 1
    }

    // MARK: - What a leaf adds

    @inline(__always)
    private func add(
        _ target: Target, nodes: Pointers, walk: borrowing Walk, count: Int, to sums: UnsafeMutablePointer<Scalar>
    ) {
        switch target {
        case .output(let output):
            for row in 0..<count { sums[row &* outputs &+ output] += nodes.values[Int(walk.arrived[row])] }
        case .allOutputs:
            for row in 0..<count {
                let first = Int(nodes.values[Int(walk.arrived[row])].carriedIndex) * outputs
                for output in 0..<outputs { sums[row * outputs + output] += leafVectors[first + output] }
            }
        case .linear(let output):
            for row in 0..<count {
                let leaf = linearLeaves[Int(nodes.values[Int(walk.arrived[row])].carriedIndex)]
                var sum = leaf.constant
                for term in linearTerms[leaf.terms] {
                    let value = walk.tile.values[Int(term.slot) + row]
                    guard !value.isNaN else {
                        sum = leaf.fallback
                        break
                    }
                    sum += term.coefficient * value
                }
                sums[row * outputs + output] += sum
            }
        }
    }
}
