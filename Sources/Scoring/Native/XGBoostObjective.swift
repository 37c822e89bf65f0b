import GatehouseCore
import Glibc

/// How an XGBoost objective reads `base_score` and what it makes of the sum of leaves.
struct XGBoostObjective {
    enum Link { case identity, logit, log }

    let name: String
    let link: Link
    let transform: OutputTransform

    var isMulticlass: Bool { transform == .softmax || transform == .greatestIndex }

    /// Fails with `notImplemented` for an objective that is not scored natively.
    init(name: String) throws(GatehouseError) {
        self.name = name
        switch name {
        case "reg:squarederror", "reg:linear", "reg:squaredlogerror", "reg:pseudohubererror", "reg:absoluteerror",
            "reg:quantileerror", "reg:expectileerror", "binary:logitraw", "rank:pairwise", "rank:ndcg", "rank:map":
            (link, transform) = (.identity, .identity)
        case "binary:logistic", "reg:logistic": (link, transform) = (.logit, .logistic(slope: 1))
        case "count:poisson", "reg:gamma", "reg:tweedie", "survival:aft", "survival:cox": (link, transform) = (.log, .exponential)
        case "binary:hinge": (link, transform) = (.identity, .step)
        case "multi:softprob": (link, transform) = (.identity, .softmax)
        case "multi:softmax": (link, transform) = (.identity, .greatestIndex)
        default: throw ModelLimits.unsupported("the objective '\(name)'", of: "XGBoost")
        }
    }

    /// The base margins of `count` sums from the text of `base_score`: `"5E-1"`, or since 3.1 `"[1E-1,2E-1]"`.
    ///
    /// Fails with `invalidArgument` when it is no number or list of `count` numbers, or beyond the link's domain.
    func baseMargins(_ baseScore: XGBoostDocument, count: Int) throws(GatehouseError) -> [Float] {
        let parsed: JSONValue = if let text = baseScore.value.stringValue { try JSONParser.parse(text) } else { baseScore.value }
        let list = parsed.arrayValue.map { JSONValue.array($0) } ?? .array([parsed])
        var scores = try XGBoostDocument(value: list, place: baseScore.place).floats()
        if scores.count == 1 { scores = Array(repeating: scores[0], count: count) }
        guard scores.count == count else {
            throw ModelLimits.damaged("\(baseScore.place) holds \(scores.count) numbers for \(count) outputs")
        }
        let margins = scores.map(margin)
        guard margins.allSatisfy(\.isFinite) else {
            throw ModelLimits.damaged("\(baseScore.place) is outside the range of \(name)")
        }
        return margins
    }

    private func margin(of score: Float) -> Float {
        switch link {
        case .identity: score
        case .logit: -logf(1 / score - 1)
        case .log: logf(score)
        }
    }
}
