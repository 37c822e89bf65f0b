/// A place in production: model × environment × segment × role. Exactly one version is active in it.
package struct Slot: Hashable, Sendable, CustomStringConvertible {
    package static let defaultEnvironment = "production"
    package static let defaultSegment = "default"
    package let model: ModelName
    package let environment: String
    package let segment: String
    package let role: String

    package init(
        model: ModelName, environment: String = defaultEnvironment, segment: String = defaultSegment, role: String = "champion"
    ) {
        self.model = model
        self.environment = environment
        self.segment = segment
        self.role = role
    }

    /// A slot as somebody outside names it. Fails with `invalidArgument` where a part could not be a name; `/` separates a
    /// segment from its parent.
    package static func named(
        _ model: ModelName, environment: String?, segment: String?
    ) throws(GatehouseError) -> Slot {
        let environment = try Name.checked(environment ?? defaultEnvironment, kind: "environment", forbidden: ["/", ":", "@"])
        let segment = segment ?? defaultSegment
        for part in segment.split(separator: "/", omittingEmptySubsequences: false) {
            _ = try Name.checked(String(part), kind: "segment", forbidden: [":", "@"])
        }
        return Slot(model: model, environment: environment, segment: segment)
    }

    /// The segments to look in, most specific first: `eu/de` → `eu` → `default`.
    package var segmentFallback: [String] {
        var chain = [segment]
        var rest = segment[...]
        while let slash = rest.lastIndex(of: "/") {
            rest = rest[..<slash]
            chain.append(String(rest))
        }
        if segment != Self.defaultSegment { chain.append(Self.defaultSegment) }
        return chain
    }

    package var description: String { "\(model)/\(environment)/\(segment)/\(role)" }
}
