package import GatehouseCore
package import WireAPI

/// An object of a cluster, changed through `kubectl`.
package struct KubectlTarget: DeploymentTarget {
    static let pollMilliseconds = 1_000
    /// Kinds that `kubectl rollout status` follows.
    static let followed: Set = ["Deployment", "StatefulSet", "DaemonSet"]

    private let kubectl: ToolProgram
    /// `deployment/scorer`
    private let resource: String
    private let place: [String]
    private let placeName: String
    private let rules: [PinRule]
    private let version: PinnedVersion
    /// For each of kubectl's commands.
    private let limit: Duration

    /// Fails with `invalidArgument` for a resource that is not written KIND/NAME.
    package init(
        _ kubectl: ToolProgram, resource: String, namespace: String?, context: String?, rules: [PinRule],
        version: PinnedVersion, limit: Duration
    ) throws(GatehouseError) {
        let parts = resource.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 2, parts.allSatisfy({ !$0.isEmpty && !$0.hasPrefix("-") }) else {
            throw GatehouseError(
                .invalidArgument, "'\(resource.prefix(200))' is no object of a cluster.",
                hint: "Write it KIND/NAME: deployment/scorer, inferenceservice/credit, model.mlops.seldon.io/credit")
        }
        self.kubectl = kubectl
        self.resource = resource
        place = (namespace.map { ["--namespace=\($0)"] } ?? []) + (context.map { ["--context=\($0)"] } ?? [])
        placeName = [context, namespace, resource].compactMap(\.self).joined(separator: " ")
        self.rules = rules
        self.version = version
        self.limit = limit
    }

    package var name: String { "kubectl \(placeName)" }

    package func read() async throws -> (changes: [PinChange], isThere: Bool) {
        let object = try await object()
        let plan = try PinPlan(rules, of: version, in: [object], source: resource)
        var changes: [PinChange] = []
        for pin in plan.pins {
            changes.append(
                PinChange(path: pin.path, before: try Self.place(pin.path, object).scalar, after: pin.value))
        }
        return (changes, changes.allSatisfy { $0.before == $0.after })
    }

    package func write(_ changes: [PinChange], _ note: ChangeNote) async throws -> Written {
        let object = try await object()
        let patch = try Self.patch(changes, object, in: resource)
        guard !patch.changes.isEmpty else { return Written(hasChanged: false, revision: nil) }
        let answer = try await run(["patch", resource, "--type=json", "--patch=\(patch.json.canonicalText)", "--output=json"])
        guard answer.isSuccess else { throw failure("refuses the patch", answer) }
        let after = try? JSONParser.parse(answer.output)
        let generation = after?["metadata"]?["generation"]?.integerValue
        return Written(hasChanged: true, revision: generation.map { "generation \($0)" })
    }

    package func health(within limit: Duration) async throws -> DeploymentHealth? {
        let kind = try await object().kind
        guard Self.followed.contains(kind) else { return try await conditions(within: limit) }
        let how = "kubectl rollout status \(resource)"
        let answer = try await kubectl.run(
            ["rollout", "status", resource, "--timeout=\(max(limit.milliseconds / 1000, 1))s"] + place, in: "/",
            within: limit + .seconds(30))
        guard !answer.isSuccess else { return DeploymentHealth(state: "passed", how: how) }
        return DeploymentHealth(state: "failed", how: how, reason: "\(how): \(answer.complaint)")
    }

    /// Of objects that controllers keep: `Ready` has to be said of the generation that the patch made, not of one before.
    private func conditions(within limit: Duration) async throws -> DeploymentHealth {
        let deadline = ContinuousClock.now + limit
        let how = "condition Ready of \(resource)"
        var last = ""
        repeat {
            let state = ReadyCondition(try await object())
            if state.isReady { return DeploymentHealth(state: "passed", how: how) }
            last = state.words
            try await Task.sleep(for: .milliseconds(Self.pollMilliseconds))
        } while ContinuousClock.now < deadline
        return DeploymentHealth(
            state: "failed", how: how, reason: "\(resource) was not ready within \(limit.shortText): \(last)")
    }

    private func object() async throws -> ManifestObject {
        let answer = try await run(["get", resource, "--output=json"])
        guard answer.isSuccess else { throw failure("cannot be read", answer) }
        do throws(GatehouseError) { return ManifestObject(try JSONParser.parse(answer.output)) } catch {
            throw GatehouseError(.unavailable, "kubectl printed no JSON for \(resource): \(error.message)")
        }
    }

    private func run(_ arguments: [String]) async throws -> ToolProgram.Answer {
        try await kubectl.run(
            arguments + place + ["--request-timeout=\(max(limit.milliseconds / 1000, 1))s"], in: "/",
            within: limit + .seconds(5))
    }

    private func failure(_ what: String, _ answer: ToolProgram.Answer) -> GatehouseError {
        GatehouseError(.unavailable, "\(name) \(what): \(answer.complaint)")
    }
}

extension KubectlTarget {
    static func place(_ path: ManifestPath, _ object: ManifestObject) throws(GatehouseError) -> ManifestObject.Place {
        do throws(ManifestObject.DeadEnd) { return try object.place(at: path) } catch {
            let place = error.reached.isEmpty ? "it" : "'\(error.reached.words)'"
            throw GatehouseError(
                .invalidArgument, "\(object.objectName) has no '\(path)': \(place) \(error.finding).", hint: error.hint)
        }
    }

    /// What is still to be changed in an object. Fails with `conflict` where something else stands.
    package static func patch(
        _ changes: [PinChange], _ object: ManifestObject, in source: String
    ) throws(GatehouseError) -> JSONPatch {
        var needed: [JSONPatch.Change] = []
        for change in changes {
            let there = try place(change.path, object)
            guard try change.isNeeded(where: there.scalar, in: source) else { continue }
            needed.append(JSONPatch.Change(pointer: there.pointer, before: there.scalar, after: change.after))
        }
        return JSONPatch(needed)
    }
}

/// What an object of KServe's or Seldon's says of itself.
struct ReadyCondition: Equatable {
    let isReady: Bool
    let words: String

    init(_ object: ManifestObject) {
        let status = object.value["status"]
        let generation = object.value["metadata"]?["generation"]?.integerValue
        let observed = status?["observedGeneration"]?.integerValue
        let ready = (status?["conditions"]?.arrayValue ?? []).first { $0["type"]?.stringValue == "Ready" }
        // Without an observed generation nobody knows of which one it is said.
        let isOfThis = observed != nil && generation != nil && observed == generation
        isReady = isOfThis && ready?["status"]?.stringValue == "True"
        let said = ready.map { "Ready is \($0["status"]?.stringValue ?? "unknown") \($0["message"]?.stringValue ?? "")" }
        words =
            isOfThis
            ? said ?? "it has no condition Ready"
            : "its controller has seen generation \(observed.map(String.init) ?? "nothing"), not \(generation.map(String.init) ?? "this one")"
    }
}
