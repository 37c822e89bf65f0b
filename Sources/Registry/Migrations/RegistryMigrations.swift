package import Storage

package enum RegistryMigrations {
    /// In the order in which they run. A released one never changes.
    package static let all: [Migration] = [
        .modelsAndVersions, .slots, .datasetsAndPipelines, .policiesAndEvidence, .experimentsAndRuns, .loggedModels,
        .artifactTree, .search, .copies,
    ]
}
