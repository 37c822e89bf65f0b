package import GatehouseCore

/// One version of what a feature pipeline delivers. Exactly one version per name is in production.
package struct FeaturePipelineVersion: Sendable, Hashable {
    package let name: String
    package let number: VersionNumber
    package let schema: [FieldSchema]
    package let isInProduction: Bool
    package let addedBy: Principal
    package let added: Timestamp

    package var reference: String { "\(name)@\(number)" }
}
