import GatehouseCore
import NIOCore
import Scoring

/// Requests that a version must answer before it is switched to: they warm it up, and where the artifact says what the answers
/// are, they must be those.
///
/// `golden_requests.json` beside the model: `{"tolerance": 1e-9, "requests": [{"body": {…}, "predictions": […]}]}`, the body
/// being one of `/invocations`. MLflow's own `serving_input_example.json` is asked as well; it has no answers to compare.
struct GoldenRequests: Sendable {
    static let fileName = "golden_requests.json"
    static let exampleFileName = "serving_input_example.json"
    static let requestsMax = 1_000
    static let toleranceByDefault = 1e-9
    /// Enough to have touched every tree.
    static let warmUpRounds = 20

    struct Request: Sendable {
        let body: JSONValue
        /// One behind the other; nil: any answer will do.
        let predictions: [Double]?
    }

    let requests: [Request]
    let tolerance: Double

    /// Fails with `invalidArgument` when a file is there but not of this form.
    init(_ artifact: ModelArtifact) throws(GatehouseError) {
        var requests: [Request] = []
        var tolerance = Self.toleranceByDefault
        if let text = try artifact.text(of: Self.fileName) {
            let document = try JSONParser.parse(text)
            let refusal = GatehouseError(
                .invalidArgument, "\(Self.fileName) is not a list of 1 to \(Self.requestsMax) 'requests' with a 'body' each.")
            guard let list = document["requests"]?.arrayValue, (1...Self.requestsMax).contains(list.count) else { throw refusal }
            tolerance = document["tolerance"]?.doubleValue ?? tolerance
            guard tolerance >= 0, tolerance.isFinite else {
                throw GatehouseError(.invalidArgument, "The tolerance in \(Self.fileName) must not be negative.")
            }
            for element in list {
                guard let body = element["body"] else { throw refusal }
                requests.append(Request(body: body, predictions: element["predictions"].map(Self.numbers)))
            }
        }
        if let text = try artifact.text(of: Self.exampleFileName) {
            requests.append(Request(body: try JSONParser.parse(text, allowsNonFinite: true), predictions: nil))
        }
        self.requests = requests
        self.tolerance = tolerance
    }

    /// Asks all of them. Fails with `integrity`, naming the request and the prediction, when an answer is another one.
    func check(_ scorer: RequestScorer) throws(GatehouseError) {
        for (index, request) in requests.enumerated() {
            let body = ByteBuffer(bytes: request.body.canonicalBytes)
            var answer = ByteBuffer()
            for _ in 0..<Self.warmUpRounds {
                answer.clear()
                let status = scorer.invocations(body.readableBytesView, contentType: nil, into: &answer)
                guard status == 200 else {
                    throw GatehouseError(
                        .integrity,
                        "Golden request \(index + 1) is answered with \(status): \(String(buffer: answer).prefix(300))")
                }
            }
            guard let expected = request.predictions else { continue }
            let found = Self.numbers(try JSONParser.parse(answer.readableBytesView)["predictions"] ?? .null)
            guard found.count == expected.count else {
                throw GatehouseError(
                    .integrity, "Golden request \(index + 1) has \(found.count) predictions instead of \(expected.count).")
            }
            for (position, (own, reference)) in zip(found, expected).enumerated()
            where !(abs(own - reference) <= tolerance * max(1, abs(reference))) {
                throw GatehouseError(
                    .integrity,
                    "Prediction \(position + 1) of golden request \(index + 1) is \(own) instead of \(reference) ± \(tolerance).")
            }
        }
    }

    private static func numbers(_ value: JSONValue) -> [Double] {
        guard let elements = value.arrayValue else { return [value.doubleValue ?? .nan] }
        return elements.flatMap(numbers)
    }
}
