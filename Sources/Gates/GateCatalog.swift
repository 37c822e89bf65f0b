/// Every gate a policy may name. Adding a gate: one file in `Checks/` and one line here.
package enum GateCatalog {
    package static let gates: [any Gate.Type] = [
        Accuracy.self,
        Latency.self,
        Fairness.self,
        DataDrift.self,
        Schema.self,
    ]

    package static var descriptors: [GateDescriptor] { gates.map { $0.descriptor } }

    package static func gate(named name: String) -> (any Gate.Type)? {
        gates.first { $0.descriptor.name == name }
    }
}
