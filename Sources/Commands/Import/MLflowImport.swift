import GatehouseCore
import WireAPI

/// Brings everything of a source to a server, in the order in which one thing needs the other. Nothing is kept between two
/// runs of the command: what is there already is found there.
struct MLflowImport: Sendable {
    struct Choice: Sendable {
        /// By name or number; nil is all.
        var experiments: Set<String>?
        var models: Set<String>?
        /// Why stages are kept without gates; nil keeps none.
        var stageReason: String?
        var isDryRun = false
    }

    /// Runs whose metrics and files are on their way at once.
    static let runsAtOnceMax = 4

    let source: any ImportSource
    let target: GatehouseClient
    let choice: Choice
    /// Says what is being done.
    let progress: @Sendable (String) -> Void

    func run() async throws -> ImportReport {
        var report = ImportReport()
        report.source = source.name
        report.isDryRun = choice.isDryRun
        let experiments = try await bringExperiments(&report)
        for experiment in experiments {
            try await bringRuns(of: experiment, &report)
            try await bringLoggedModels(of: experiment, &report)
        }
        try await bringModels(&report)
        for stranger in try await source.strangers() {
            report.leaveOut(
                ImportKindName.other, stranger.name, ["\(stranger.count); Gatehouse has no place for them"],
                count: Int(clamping: stranger.count))
        }
        return report
    }

    func call() -> ImportCall { ImportCall(origin: String(source.name.prefix(200)), isDryRun: choice.isDryRun) }

    /// Posts records of one kind and takes note of what became of them. Those that are too large together go one by one.
    func post(_ call: ImportCall, _ report: inout ImportReport) async throws -> [ImportAnswer.Finding] {
        guard call.recordCount > 0 else { return [] }
        do {
            let findings = try await target.post(call).findings
            for finding in findings { report.add(finding) }
            return findings
        } catch let error as GatehouseError where error.code == .tooLarge {
            guard call.recordCount > 1 else {
                report.leaveOut(ImportKindName.other, "a record", [error.message])
                return []
            }
            let (first, second) = call.halves
            let findings = try await post(first, &report)
            return findings + (try await post(second, &report))
        }
    }

    // MARK: - Experiments

    /// The experiments whose contents may come: all that are not something else here.
    private func bringExperiments(_ report: inout ImportReport) async throws -> [MLflowExperiment] {
        var usable: [MLflowExperiment] = []
        var (token, unseen): (String?, Set<String>) = (nil, choice.experiments ?? [])
        repeat {
            let page = try await source.experiments(after: token)
            let chosen = page.items.filter { choice.experiments?.isDisjoint(with: [$0.id, $0.name]) != true }
            unseen.subtract(chosen.flatMap { [$0.id, $0.name] })
            var call = call()
            call.experiments = chosen.map(relocated)
            let refused = Set(try await post(call, &report).filter { $0.state == .leftOut }.map(\.id))
            usable += chosen.filter { !refused.contains($0.id) }
            token = page.next
        } while token != nil
        for name in unseen.sorted() { report.leaveOut(ImportKindName.experiment, name, ["the source has none of this name"]) }
        return usable
    }

    private func relocated(_ experiment: MLflowExperiment) -> MLflowExperiment {
        var moved = experiment
        moved.artifactLocation = ArtifactAddress.relocated(experiment.artifactLocation, usualPlace: experiment.id)
        return moved
    }

    // MARK: - Runs

    private func bringRuns(of experiment: MLflowExperiment, _ report: inout ImportReport) async throws {
        var (token, seen): (String?, Int) = (nil, 0)
        repeat {
            let page = try await source.runs(of: experiment.id, after: token)
            var call = call()
            call.runs = page.items.map(relocated)
            let findings = try await post(call, &report)
            let usable = Set(findings.filter { $0.state == .added || $0.state == .same }.map(\.id))
            report.merge(try await bringContents(of: page.items.filter { usable.contains($0.info.id) }))
            seen += page.items.count
            progress("experiment \(experiment.name): \(seen) runs")
            token = page.next
        } while token != nil
    }

    /// What is listed on a run's page, without the points of its metrics, which follow.
    private func relocated(_ run: MLflowRun) -> MLflowRun {
        var moved = run
        moved.metrics = []
        moved.info.artifactURI = ArtifactAddress.relocated(run.info.artifactURI, usualPlace: FileOwner(run.info).usualPlace)
        return moved
    }

    /// Metrics and files, of several runs at once.
    private func bringContents(of runs: [MLflowRun]) async throws -> ImportReport {
        try await withThrowingTaskGroup(of: ImportReport.self) { group in
            var report = ImportReport()
            for (index, run) in runs.enumerated() {
                if index >= Self.runsAtOnceMax, let done = try await group.next() { report.merge(done) }
                group.addTask {
                    var report = try await bringMetrics(of: run)
                    let files = FileImport(source: source, target: target, isDryRun: choice.isDryRun)
                    report.merge(try await files.bring(FileOwner(run.info)))
                    return report
                }
            }
            for try await done in group { report.merge(done) }
            return report
        }
    }

    private func bringMetrics(of run: MLflowRun) async throws -> ImportReport {
        var (report, token): (ImportReport, String?) = (ImportReport(), nil)
        var waiting = call()
        repeat {
            let page = try await source.metrics(of: run, after: token)
            for point in page.items {
                var point = point
                point.runID = run.info.id
                point.modelID = nil
                waiting.metrics.append(point)
            }
            token = page.next
            if token == nil || waiting.metrics.count >= ImportCall.recordsMax / 2 {
                _ = try await post(waiting, &report)
                waiting = call()
            }
        } while token != nil
        return report
    }

    // MARK: - Logged models

    private func bringLoggedModels(of experiment: MLflowExperiment, _ report: inout ImportReport) async throws {
        var token: String?
        repeat {
            let page = try await source.loggedModels(of: experiment.id, after: token)
            var call = call()
            call.loggedModels = page.items.map { found in
                var moved = found
                moved.model.artifactURI = ArtifactAddress.relocated(
                    found.model.artifactURI, usualPlace: FileOwner(found.model).usualPlace)
                return moved
            }
            let usable = Set(try await post(call, &report).filter { $0.state == .added || $0.state == .same }.map(\.id))
            for found in page.items where usable.contains(found.model.id) && !found.isDeleted {
                let files = FileImport(source: source, target: target, isDryRun: choice.isDryRun)
                report.merge(try await files.bring(FileOwner(found.model)))
            }
            token = page.next
        } while token != nil
    }
}
