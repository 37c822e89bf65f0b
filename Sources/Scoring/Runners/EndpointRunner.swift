package import AsyncHTTPClient
package import GatehouseCore
package import Statistics

/// Runs a model behind the URL of a model server.
///
/// The client is the caller's; make it with `HTTPClient.Configuration.scoring`, which follows no redirects.
package struct EndpointRunner: ModelRunner {
    package static let batchRowsMax = 1000
    /// Cells of one request: a wide table gets smaller batches.
    package static let batchValuesMax = 1_000_000
    package static let responseBytesMax = 64 << 20

    /// What the server speaks.
    package enum Wire: Sendable, Equatable {
        /// MLflow's `/invocations`.
        case invocations
        /// Open Inference Protocol v2. `output` names the tensor with the scores; nil is the first.
        case openInference(model: String, output: String? = nil)
    }

    /// The columns to send, in order; nil sends every column of the table.
    package let featureNames: [String]?
    private let wire: Wire
    private let exchange: JSONExchange

    /// `timeout` is for one request. Fails with `invalidArgument` when `url` is not an `http` or `https` URL.
    package init(
        url: String, wire: Wire = .invocations, featureNames: [String]? = nil, client: HTTPClient,
        timeout: Duration = .seconds(30)
    ) throws(GatehouseError) {
        let address = try ServerAddress(url)
        let target =
            switch wire {
            case .invocations: address.ending(in: "/invocations")
            case .openInference(let model, _): address.ending(in: OpenInferenceCodec.path(model: model))
            }
        self.featureNames = featureNames
        self.wire = wire
        exchange = JSONExchange(
            client: client, address: target, what: "model server", timeout: timeout,
            responseBytesMax: Self.responseBytesMax)
    }

    package var summary: String { "endpoint \(exchange.address)" }

    package func predict(_ table: Table, progress: @Sendable (Int) -> Void) async throws -> ScoreMatrix {
        let columns = try columns(of: table)
        let cells = JSONCells(columns)
        let batchRows = max(1, min(Self.batchRowsMax, Self.batchValuesMax / max(1, columns.count)))
        var outputs: Int?
        var values: [Double] = []
        for start in stride(from: 0, to: table.rowCount, by: batchRows) {
            try Task.checkCancellation()
            let rows = start..<min(start + batchRows, table.rowCount)
            let scores = try await scores(cells, rows: rows)
            guard outputs == nil || outputs == scores.outputs else {
                throw failure(
                    GatehouseError(
                        .unavailable, "from row \(start + 1) on it answers \(scores.outputs) outputs, before \(outputs ?? 0)"))
            }
            outputs = scores.outputs
            values += scores.values
            progress(rows.upperBound)
        }
        return ScoreMatrix(outputs: outputs ?? 1, values: values)
    }

    private func columns(of table: Table) throws(GatehouseError) -> [TableColumn] {
        guard let featureNames else { return table.columns }
        let missing = featureNames.filter { table[$0] == nil }
        guard missing.isEmpty else {
            throw GatehouseError(
                .invalidArgument,
                "The data lack \(missing.count) of the \(featureNames.count) columns of the model: "
                    + missing.prefix(10).joined(separator: ", ") + (missing.count > 10 ? ", …" : "") + ".")
        }
        return featureNames.compactMap { table[$0] }
    }

    private func scores(_ cells: JSONCells, rows: Range<Int>) async throws -> ScoreMatrix {
        switch wire {
        case .invocations:
            let answer = try await exchange.post(InvocationsCodec.body(cells, rows: rows))
            return try decoded { () throws(GatehouseError) in try InvocationsCodec.scores(answer, rows: rows) }
        case .openInference(_, let output):
            let answer = try await exchange.post(OpenInferenceCodec.body(cells, rows: rows))
            return try decoded { () throws(GatehouseError) in
                try OpenInferenceCodec.scores(answer, rows: rows, output: output)
            }
        }
    }

    private func decoded(_ read: () throws(GatehouseError) -> ScoreMatrix) throws(GatehouseError) -> ScoreMatrix {
        do { return try read() } catch { throw failure(error) }
    }

    /// The codecs say what is wrong; only here is it known who answered it.
    private func failure(_ error: GatehouseError) -> GatehouseError {
        GatehouseError(
            error.code, "The model server at \(exchange.address) answers nonsense: \(error.message).", hint: error.hint)
    }
}
