package import GatehouseCore

/// What is to be pinned in an object, in the words of its kind, and as what.
package struct PinRule: Sendable, Equatable {
    package enum Subject: Sendable, Equatable {
        /// Of the container of that name; nil: of the only one.
        case image(container: String?)
        case variable(String, container: String?)
        /// Where the model server gets the model from.
        case storageURI
        case path(ManifestPath)
    }

    package let subject: Subject
    /// `registry.internal/credit-risk:v{version}`
    package let template: String

    package init(_ subject: Subject, _ template: String) {
        self.subject = subject
        self.template = template
    }

    /// Kinds whose pods are made from `spec.template`.
    package static let workloads: Set = ["Deployment", "StatefulSet", "DaemonSet", "ReplicaSet", "Rollout"]
    private static let container: [ManifestPath.Step] = [.key("spec"), .key("template"), .key("spec"), .key("containers")]

    /// Where that is in one object; nil: an object of this kind has no such thing. Fails with `invalidArgument` for an object that
    /// should have it and has it in no place, or in several.
    package func path(in object: ManifestObject) throws(GatehouseError) -> ManifestPath? {
        switch subject {
        case .path(let path): return path
        case .image(let name):
            guard Self.workloads.contains(object.kind) else { return nil }
            return try ManifestPath(object: object.objectName, Self.container + [container(name, object), .key("image")])
        case .variable(let variable, let name):
            guard Self.workloads.contains(object.kind) else { return nil }
            return try ManifestPath(
                object: object.objectName,
                Self.container + [
                    container(name, object), .key("env"), .element(member: "name", value: variable), .key("value"),
                ])
        case .storageURI: return try storage(object)
        }
    }

    private func container(_ wanted: String?, _ object: ManifestObject) throws(GatehouseError) -> ManifestPath.Step {
        let containers = object.value["spec"]?["template"]?["spec"]?["containers"]?.arrayValue ?? []
        let names = containers.compactMap { $0["name"]?.stringValue }
        if let wanted {
            guard names.contains(wanted) else {
                throw GatehouseError(
                    .invalidArgument, "\(object.kind)/\(object.name) has no container '\(wanted.prefix(80))'.",
                    hint: names.isEmpty ? "It has none at all." : "It has: \(names.joined(separator: ", ")).")
            }
            return .element(member: "name", value: wanted)
        }
        guard let only = names.first, names.count == 1 else {
            throw GatehouseError(
                .invalidArgument, "\(object.kind)/\(object.name) has \(names.count) containers.",
                hint: "Name the one that is meant with --container: \(names.joined(separator: ", ")).")
        }
        return .element(member: "name", value: only)
    }

    /// KServe's `InferenceService` has it under `model`, or, as older ones, under the name of a framework; Seldon's `Model` has it in
    /// `spec`.
    private func storage(_ object: ManifestObject) throws(GatehouseError) -> ManifestPath? {
        switch object.kind {
        case "Model": return ManifestPath(object: object.objectName, [.key("spec"), .key("storageUri")])
        case "InferenceService":
            let predictor = object.value["spec"]?["predictor"]?.objectValue ?? [:]
            let places = predictor.keys.filter { predictor[$0]?["storageUri"] != nil }.sorted()
            guard let place = places.first, places.count == 1 else {
                throw GatehouseError(
                    .invalidArgument,
                    "\(object.kind)/\(object.name) has \(places.isEmpty ? "no" : "more than one") spec.predictor.….storageUri.",
                    hint: "Write spec.predictor.model.storageUri once, with any value; from then on it is kept up to date.")
            }
            return ManifestPath(
                object: object.objectName, [.key("spec"), .key("predictor"), .key(place), .key("storageUri")])
        default: return nil
        }
    }
}

extension ManifestObject {
    package var objectName: ManifestPath.ObjectName { ManifestPath.ObjectName(kind: kind, name: name) }
}
