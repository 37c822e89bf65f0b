import Access
import GatehouseCore
import HTTPAPI
import Registry
import Storage

extension RunScreen {
    static func load(_ page: PageRequest) async throws -> RunScreen {
        _ = try page.caller(who: .read)
        let id = try page.segment("id")
        let folder = try ArtifactPath(page.query("path") ?? "")
        let logged = try await page.services.store.read { tx in
            let run = try tx.run(id)
            return Logged(
                run: run, experiment: try tx.requiredExperiment(run.info.experiment), curves: try curves(of: run, tx),
                versions: try tx.versions(registeredFrom: id, limit: versionsMax))
        }
        return RunScreen(
            run: logged.run, experiment: logged.experiment, curves: logged.curves, folder: folder,
            files: try await files(of: logged.run, in: folder, page), versions: logged.versions)
    }

    private struct Logged: Sendable {
        let run: Run
        let experiment: Experiment
        let curves: [Curve]
        let versions: [(model: ModelName, number: VersionNumber)]
    }

    /// The last value is known already: a metric that was logged once has no curve.
    private static func curves(of run: Run, _ tx: SQLTransaction) throws -> [Curve] {
        var curves: [Curve] = []
        for metric in run.metrics.prefix(rowsMax) where curves.count < curvesMax {
            let points = try tx.sampledMetric(ofRuns: [run.info.id], key: metric.key, steps: nil, perRun: pointsMax).map(\.metric)
            if points.count > 1 { curves.append(Curve(key: metric.key, points: points)) }
        }
        return curves
    }

    private static func files(of run: Run, in folder: ArtifactPath, _ page: PageRequest) async throws -> [ArtifactEntry]? {
        guard let root = try? ArtifactPath(uri: run.info.artifactURI) else { return nil }
        return try await page.services.artifactTree.entries(in: root.appending(folder))
    }
}

extension SQLTransaction {
    fileprivate func versions(registeredFrom run: String, limit: Int) throws -> [(model: ModelName, number: VersionNumber)] {
        try rows(
            """
            SELECT model, number FROM model_version WHERE run_id = \(run) AND deleted_at IS NULL
            ORDER BY model, number LIMIT \(limit)
            """
        ) { (model: try ModelName($0.text("model")), number: try VersionNumber($0.integer("number"))) }
    }
}
