package import GatehouseCore

/// Which places get which values.
package struct PinPlan: Sendable, Equatable {
    package struct Pin: Sendable, Equatable {
        package let path: ManifestPath
        package let value: String
    }

    package let pins: [Pin]

    /// Finds, for each rule, the one object it is about: of all in a file, or of those with the name that is given. Fails with
    /// `invalidArgument` where there is none, or more than one.
    package init(
        _ rules: [PinRule], of version: PinnedVersion, in objects: [ManifestObject], named name: String? = nil, source: String
    ) throws(GatehouseError) {
        guard !rules.isEmpty else {
            throw GatehouseError(
                .invalidArgument, "Nothing says what to pin in \(source).",
                hint: "Add --image, --env, --storage-uri or --set PATH=VALUE.")
        }
        var pins: [Pin] = []
        for rule in rules {
            let value = try version.fill(rule.template)
            pins.append(Pin(path: try Self.path(of: rule, in: objects, named: name, source: source), value: value))
        }
        let doubled = Dictionary(grouping: pins, by: \.path).first { $0.value.count > 1 }
        if let doubled { throw GatehouseError(.invalidArgument, "'\(doubled.key)' is to be set twice.") }
        self.pins = pins
    }

    private static func path(
        of rule: PinRule, in objects: [ManifestObject], named name: String?, source: String
    ) throws(GatehouseError) -> ManifestPath {
        if case .path(let path) = rule.subject { return path }
        var paths: [ManifestPath] = []
        for object in objects where name.map({ $0 == object.name }) ?? true {
            if let path = try rule.path(in: object) { paths.append(path) }
        }
        guard let only = paths.first, paths.count == 1 else {
            let kinds = objects.map { $0.kind.isEmpty ? "something without a kind" : "\($0.kind)/\($0.name)" }
            let found = paths.compactMap { $0.object?.description }.joined(separator: ", ")
            throw GatehouseError(
                .invalidArgument,
                "\(source) has \(paths.isEmpty ? "no object with \(rule.words)" : "several objects with \(rule.words): \(found)").",
                hint: paths.isEmpty
                    ? "It holds \(kinds.prefix(10).joined(separator: ", ")); pin another value with --set PATH=VALUE."
                    : "Name the one that is meant with --object.")
        }
        return only
    }
}

extension PinRule {
    fileprivate var words: String {
        switch subject {
        case .image: "an image (a Deployment, say)"
        case .variable(let name, _): "a variable '\(name)' (a Deployment, say)"
        case .storageURI: "a storageUri (an InferenceService or a Model)"
        case .path(let path): "'\(path)'"
        }
    }
}
