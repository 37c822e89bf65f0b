import GatehouseCore
package import Storage

extension SQLTransaction {
    /// Where a run's artifacts are, as an address; nil when there is no such run.
    func artifactLocation(ofRun id: String) throws -> String? { nil }

    /// Where a logged model's artifacts are; nil when there is no such model.
    func artifactLocation(ofLoggedModel id: String) throws -> String? { nil }

    /// The same; fails with `notFound`.
    package func requiredArtifactLocation(ofRun id: String) throws -> String {
        guard let location = try artifactLocation(ofRun: id) else {
            throw GatehouseError(.notFound, "Run with id=\(id.prefix(80)) not found")
        }
        return location
    }

    /// The same; fails with `notFound`.
    package func requiredArtifactLocation(ofLoggedModel id: String) throws -> String {
        guard let location = try artifactLocation(ofLoggedModel: id) else {
            throw GatehouseError(.notFound, "Logged model with ID '\(id.prefix(80))' not found.")
        }
        return location
    }
}
