package import Storage

extension SQLTransaction {
    /// Where a run's artifacts are, as an address; nil when there is no such run.
    func artifactLocation(ofRun id: String) throws -> String? {
        try first("SELECT artifact_uri FROM run WHERE id = \(id)") { try $0.text("artifact_uri") }
    }

    /// Where a logged model's artifacts are; nil when there is no such model, or a deleted one.
    func artifactLocation(ofLoggedModel id: String) throws -> String? {
        try first("SELECT artifact_uri FROM logged_model WHERE id = \(id) AND lifecycle = 'active'") {
            try $0.text("artifact_uri")
        }
    }

    /// The same; fails with `notFound`.
    package func requiredArtifactLocation(ofRun id: String) throws -> String {
        guard let location = try artifactLocation(ofRun: id) else { throw Run.notFound(id) }
        return location
    }

    /// The same; fails with `notFound`.
    package func requiredArtifactLocation(ofLoggedModel id: String) throws -> String {
        guard let location = try artifactLocation(ofLoggedModel: id) else { throw LoggedModel.notFound(id) }
        return location
    }
}
