package import GatehouseCore
package import Gates
package import Registry
package import Storage

/// The card of a version as Gatehouse hands it out: the author's, with what was measured and recorded here.
package struct PublishedCard: Sendable {
    /// The author's card; nil when none is sealed with the version.
    package let given: VersionCard?
    package let facts: MeasuredFacts

    /// Fails with `notFound`, and as `modelCard(in:)` does.
    package init(
        of model: ModelName, _ number: VersionNumber, store: any SQLStore, artifacts: any ArtifactStore
    ) async throws {
        let (version, manifest, evaluation) = try await store.read { tx in
            let version = try tx.requiredVersion(number, of: model)
            return (
                version, try version.artifact.map { try tx.manifest(of: $0) },
                try tx.latestFinishedEvaluation(of: model, version: number)
            )
        }
        given = if let manifest { try await artifacts.modelCard(in: manifest) } else { nil }
        facts = MeasuredFacts(version, evaluation, givenCard: given?.digest)
    }

    /// Front matter and Markdown, as Hugging Face reads it.
    package var markdown: String { (given?.card ?? ModelCard()).published(with: facts).markdown }
    /// For Google's Model Card Toolkit.
    package var toolkitJSON: JSONValue { (given?.card ?? ModelCard()).toolkitJSON(with: facts) }
}

extension MeasuredFacts {
    fileprivate init(_ version: ModelVersion, _ evaluation: Promotions.Evaluation?, givenCard: Digest?) {
        self.init()
        model = version.model.text
        self.version = version.number.value
        description = version.description
        created = version.created
        stage = version.stage.rawValue
        artifact = version.artifact
        featurePipeline = version.tags["gatehouse.feature_pipeline"]
        trainingData = version.tags["gatehouse.training_data"]
        self.givenCard = givenCard
        // What was measured on other bytes says nothing about these.
        guard let evaluation, evaluation.artifactDigest == version.artifact else { return }
        self.evaluation = MeasuredFacts.Evaluation(
            id: evaluation.id, finished: evaluation.finishedAt, policy: evaluation.policyReference,
            policyDigest: evaluation.policyDigest, dataset: evaluation.datasetReference,
            datasetDigest: evaluation.datasetDigest, champion: evaluation.championVersion?.value, results: evaluation.results)
    }
}
