package import GatehouseCore

/// A named line of versions, with all that every answer about it carries.
package struct RegisteredModel: Sendable, Hashable {
    package let name: ModelName
    package let description: String
    package let createdBy: Principal
    package let created: Timestamp
    package let updated: Timestamp
    package let tags: [String: String]
    package let aliases: [Alias: VersionNumber]
}
