import Access
import GatehouseCore
import Gates
import Hummingbird
import Promotions
import Rollouts
import WireAPI

/// Gates for tools that move traffic themselves. They tell, and record nothing: each is asked every few seconds.
struct GateRoutes {
    /// When Flagger asks: its webhook types, each with an address of its own, because the payload does not say which it is.
    enum FlaggerGate: String, CaseIterable {
        case confirmRollout = "confirm-rollout"
        case preRollout = "pre-rollout"
        case rollout
        case confirmTrafficIncrease = "confirm-traffic-increase"
        case confirmPromotion = "confirm-promotion"
        case postRollout = "post-rollout"
        case rollback
        case event
    }

    /// What Argo Rollouts may measure.
    enum ArgoGate: String, CaseIterable {
        case approval, evaluation
    }

    let services: APIServices

    private var clearances: ClearanceService { ClearanceService(services.transitions) }

    func add(to group: RouterGroup<APIContext>) {
        group.post("hooks/flagger/:gate") { request, context in
            _ = try context.caller(who: .read)
            let gate: FlaggerGate = try named(context.segment("gate"))
            let call: FlaggerCall = try await request.decode()
            var fields = GateFields(call.metadata ?? [:], of: "metadata")
            if gate == .event { fields.passOver(["eventMessage", "eventType", "timestamp"]) }
            let question = try fields.question()
            return try Response.json(flagger(gate, try await clearances.approval(question), question))
        }
        group.get("hooks/argo/:gate") { request, context in
            _ = try context.caller(who: .read)
            let gate: ArgoGate = try named(context.segment("gate"))
            var parameters: [String: String] = [:]
            for (name, value) in request.uri.queryParameters { parameters[String(name)] = String(value) }
            let question = try GateFields(parameters, of: "the query").question()
            let finding: ClearanceFinding
            switch gate {
            case .approval: finding = try await clearances.approval(question)
            case .evaluation: finding = try await clearances.evaluation(question)
            }
            return try Response.json(ArgoAnswer(data: GateAnswer(finding, question)))
        }
    }

    private func named<Gate: RawRepresentable & CaseIterable>(_ text: String) throws -> Gate where Gate.RawValue == String {
        if let gate = Gate(rawValue: text) { return gate }
        throw GatehouseError(
            .notFound, "There is no gate '\(text.prefix(80))'.",
            hint: "There are: \(Gate.allCases.map(\.rawValue).joined(separator: ", "))")
    }

    /// Flagger reads the status alone: success is go, and for the type `rollback` it is go back. What else there is to say goes
    /// into its events.
    private func flagger(
        _ gate: FlaggerGate, _ finding: ClearanceFinding, _ question: ClearanceQuestion
    ) throws(GatehouseError) -> GateAnswer {
        let (clearance, answer) = (finding.clearance, GateAnswer(finding, question))
        switch gate {
        case .rollback:
            guard clearance.verdict != .fail else { return answer }
            throw GatehouseError(.conflict, "Nothing asks for a rollback: \(clearance.reason)")
        case .confirmRollout, .preRollout, .rollout, .confirmTrafficIncrease, .confirmPromotion, .postRollout, .event:
            switch clearance.verdict {
            case .pass: return answer
            case .fail: throw GatehouseError(.blockedByPolicy, clearance.reason, hint: clearance.remedy)
            case .inconclusive, .error: throw GatehouseError(.undecided, clearance.reason, hint: clearance.remedy)
            }
        }
    }
}

/// The names and values with which a manifest says what it asks about. A name that is not known is an error: a version whose
/// name was mistyped must not become a question about another one.
private struct GateFields {
    private static let known = ["model", "version", "environment", "segment", "stage", "digest"]
    /// In place of a number: whatever the slot has.
    private static let active = "active"

    private var fields: [String: String]
    private let place: String

    init(_ fields: [String: String], of place: String) {
        self.fields = fields
        self.place = place
    }

    mutating func passOver(_ names: [String]) { for name in names { fields[name] = nil } }

    /// Fails with `invalidArgument` naming the field.
    func question() throws(GatehouseError) -> ClearanceQuestion {
        if let stranger = fields.keys.filter({ !Self.known.contains($0) }).sorted().first {
            throw GatehouseError(
                .invalidArgument, "\(place) has the unknown name '\(stranger.prefix(80))'.",
                hint: "Use: \(Self.known.joined(separator: ", "))")
        }
        let model = try ModelName(required("model", "credit-risk"))
        let version = try required("version", "8, or \(Self.active) for whatever the slot has")
        return try ClearanceQuestion(
            model: model, version: version == Self.active ? nil : VersionNumber(parsing: version),
            slot: Slot.named(model, environment: fields["environment"], segment: fields["segment"]),
            stage: fields["stage"].map { (text) throws(GatehouseError) in try Stage(parsing: text) } ?? .production,
            digest: fields["digest"].map { (text) throws(GatehouseError) in try Digest(parsing: text) })
    }

    private func required(_ name: String, _ example: String) throws(GatehouseError) -> String {
        if let value = fields[name], !value.isEmpty { return value }
        throw GatehouseError(.invalidArgument, "\(place) names no '\(name)'.", hint: "For example: \(example)")
    }
}

extension GateAnswer {
    fileprivate init(_ finding: ClearanceFinding, _ question: ClearanceQuestion) {
        var measurements = CheckAnswers.byName(finding.evaluation?.results ?? [], waivers: finding.waived)
        for check in finding.rollout?.checks(outcomes: nil) ?? [] { measurements[check.name.rawValue] = check.json }
        self.init(
            verdict: finding.clearance.verdict.rawValue, reason: finding.clearance.reason, modelName: question.model.text,
            modelVersion: finding.version?.value, stage: finding.stage?.rawValue, slot: question.slot.description,
            artifactDigest: finding.artifact?.description, rollout: finding.rollout?.id, evaluation: finding.evaluation?.id,
            measurements: measurements)
    }
}
