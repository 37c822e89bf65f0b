import GatehouseCore
package import NIOCore

/// Answers scoring requests with one model: MLflow's `/invocations` and the Open Inference Protocol's `infer`. A class because
/// it keeps its memory from request to request; it is not `Sendable`: each thread that answers has one.
package final class RequestScorer {
    package let model: NativeModel
    private let features: FeatureNames
    private let scorer: RowScorer
    private let mayBeOrdered: Bool
    private let name: String
    private let version: String
    private var numbers: [Double] = []
    /// Beyond it the memory of a large request is given back.
    private static let numbersKeptMax = 1 << 16

    /// `named` says that a signature names the model's columns: rows without names are then refused, as MLflow does. `name`
    /// and `version` are what answers of the Open Inference Protocol say.
    package init(_ model: NativeModel, named: Bool, name: String, version: String) {
        self.model = model
        self.name = name
        self.version = version
        mayBeOrdered = !named || model.featureNames == nil
        features = FeatureNames(model.featureNames, count: model.featureCount, mayBeOrdered: mayBeOrdered)
        scorer = RowScorer(model)
    }

    // MARK: - MLflow's scoring protocol

    /// Answers the body of a `POST /invocations`; returns the status.
    package func invocations(_ body: ByteBufferView, contentType: String?, into answer: inout ByteBuffer) -> Int {
        if let refusal = Self.refusal(ofContentType: contentType) {
            answer.writeString(refusal)
            return 415
        }
        do {
            let scores = try scoresOfInvocations(body)
            guard PredictionWriter.invocations(scores, perRow: model.outputs(raw: false), into: &answer) else {
                return mlflowError("INTERNAL_ERROR", "The model's answer is not a finite number.", 500, &answer)
            }
            return 200
        } catch {
            return mlflowError(error.isAboutSchema ? "INVALID_PARAMETER_VALUE" : "BAD_REQUEST", error.message, 400, &answer)
        }
    }

    private func scoresOfInvocations(_ body: ByteBufferView) throws(RequestRefusal) -> [Double] {
        if model.readsPlainNumbers {
            numbers.removeAll(keepingCapacity: numbers.count <= Self.numbersKeptMax)
            let rowCount = body.withUnsafeBytes { bytes -> Int in
                guard var reader = RequestReader(bytes, features: features), reader.readInvocations(into: &numbers) else {
                    return 0
                }
                return reader.rowCount
            }
            if rowCount > 0 {
                return try refusing { () throws(GatehouseError) in try scorer.scores(numbers, rowCount: rowCount) }
            }
        }
        return try scores(of: RequestFrame(invocations: try Self.document(body)))
    }

    private func scores(of frame: RequestFrame) throws(RequestRefusal) -> [Double] {
        let table = try frame.table(for: model, mayBeOrdered: mayBeOrdered)
        return try refusing { () throws(GatehouseError) in
            try model.scores(columns: try model.columns(of: table), rows: 0..<table.rowCount, raw: false)
        }
    }

    private func refusing<Value>(_ body: () throws(GatehouseError) -> Value) throws(RequestRefusal) -> Value {
        do {
            return try body()
        } catch {
            throw RequestRefusal(schema: error.message + (error.hint.map { " \($0)" } ?? ""))
        }
    }

    private static func document(_ body: ByteBufferView) throws(RequestRefusal) -> JSONValue {
        guard body.count <= RequestFrame.treeBytesMax else {
            throw RequestRefusal(
                "The request has \(body.count) bytes and is not rows of numbers only; such a one may have "
                    + "\(RequestFrame.treeBytesMax).")
        }
        do {
            return try JSONParser.parse(body, allowsNonFinite: true)
        } catch {
            throw RequestRefusal("Ensure that input is a valid JSON formatted string. \(error.message)")
        }
    }

    /// What `mlflow models serve` says to a content type it does not take; nil for JSON.
    static func refusal(ofContentType type: String?) -> String? {
        guard let type, type != "application/json" else { return nil }
        let parts = type.split(separator: ";", omittingEmptySubsequences: false).map { part in
            part.drop { $0 == " " || $0 == "\t" }.lowercased()
        }
        guard parts.first.map({ $0.split(separator: " ").first == "application/json" }) == true else {
            return "This predictor only supports the following content types: Types: ['application/json']. Got '\(type)'."
        }
        for parameter in parts.dropFirst() {
            guard parameter.hasPrefix("charset=") else { return "Unrecognized content type parameters: \(parameter)." }
            guard parameter == "charset=utf-8" else { return "The scoring server only supports UTF-8" }
        }
        return nil
    }

    private func mlflowError(_ code: String, _ message: String, _ status: Int, _ answer: inout ByteBuffer) -> Int {
        answer.writeBytes(
            JSONWriter.object { writer in
                writer.member("error_code", code)
                writer.member("message", message)
            })
        return status
    }

    // MARK: - The Open Inference Protocol

    /// Answers the body of a `POST /v2/models/{name}/infer`; returns the status.
    package func infer(_ body: ByteBufferView, into answer: inout ByteBuffer) -> Int {
        do {
            let request = try OpenInferenceRequest(try Self.document(body), model: model)
            let scores = try scores(of: request.frame)
            guard
                PredictionWriter.openInference(
                    scores, perRow: model.outputs(raw: false), name: name, version: version, id: request.id, into: &answer)
            else { return openInferenceError("The model's answer is not a finite number.", 500, &answer) }
            return 200
        } catch {
            return openInferenceError(error.message, 400, &answer)
        }
    }

    /// What the model takes and gives, as `GET /v2/models/{name}` answers it.
    package func metadata(into answer: inout ByteBuffer) {
        answer.writeBytes(
            OpenInferenceMetadata.bytes(model, name: name, version: version, names: features.names))
    }

    package func openInferenceError(_ message: String, _ status: Int, _ answer: inout ByteBuffer) -> Int {
        answer.writeBytes(JSONWriter.object { $0.member("error", message) })
        return status
    }
}
