/// Every gate a policy may name. Adding a gate: one file in `Checks/` and one line here.
package enum GateCatalog {
    package static let gates: [any Gate.Type] = []

    package static func gate(named name: String) -> (any Gate.Type)? {
        gates.first { $0.descriptor.name == name }
    }
}
