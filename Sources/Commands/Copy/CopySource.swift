import GatehouseCore
import Registry
import WireAPI

/// A version as its source has it, read before a byte of it is sent.
struct CopiedVersion: Sendable {
    var source: CopySourceAnswer
    /// Where a chain of copies began.
    var firstRegistry: String?
    var firstVersion: String?
    let manifest: ArtifactManifest
    var stage = Stage.none.rawValue
    var aliases: [String] = []
    var created: String?
    /// Where the source says its bytes are.
    var location = ""
    var description = ""
    var tags: [MLflowTag] = []
    var signature: JSONValue?
    var run: CopiedTraining?
    var receipts: [String] = []
    /// What could not be read there, each with its reason.
    var missing: [CopyReport.Item] = []

    /// The bytes of one of its files.
    let open: @Sendable (ArtifactFile) async throws -> SourceBytes

    init(
        source: CopySourceAnswer, manifest: ArtifactManifest,
        open: @escaping @Sendable (ArtifactFile) async throws -> SourceBytes
    ) {
        self.source = source
        self.manifest = manifest
        self.open = open
    }

    var words: String { "\(source.model) v\(source.version) of \(source.name)" }
}

/// The run that made a version.
struct CopiedTraining: Sendable {
    let run: MLflowRun
    let experiment: String
    /// All points of its metrics, or the newest of each where there are too many.
    let points: [MLflowMetric]
    let hasAllPoints: Bool
}

/// Where a version is read.
protocol CopySource: Sendable {
    func read() async throws -> CopiedVersion
}

extension CopiedTraining {
    /// More points than this stay behind; the newest of each metric comes.
    static let pointsMax = 50_000

    /// The run with all that was logged; nil when the server has no such run.
    static func read(_ id: String, from client: MLflowClient) async throws -> CopiedTraining? {
        let run: MLflowRun
        do { run = try await client.run(id) } catch let error as GatehouseError where error.code == .notFound { return nil }
        let experiment = try await client.experiment(run.info.experimentID).name
        var points: [MLflowMetric] = []
        for metric in run.metrics {
            var token: String?
            repeat {
                let page = try await client.history(of: metric.key, run: id, after: token)
                points += page.items
                token = page.next
                guard points.count <= pointsMax else {
                    return CopiedTraining(run: run, experiment: experiment, points: run.metrics, hasAllPoints: false)
                }
            } while token != nil
        }
        return CopiedTraining(run: run, experiment: experiment, points: points, hasAllPoints: true)
    }
}
