import GatehouseCore
import Registry
import WireAPI

/// Copies one version. Nothing is kept between two runs of the command: what was sent before is found by its digest, and the
/// version appears in the target with the last call, so a copy that was cut off at any point is simply repeated.
struct CopyWork: Sendable {
    /// Files that are on their way at once.
    static let filesAtOnceMax = 6

    let source: any CopySource
    let target: any CopyTarget
    let place: CopyReport.Target
    let keepsNumber: Bool
    /// Says what is being done, and how far it is.
    let progress: @Sendable (String, Double) -> Void

    func run() async throws -> CopyReport {
        let start = ContinuousClock.now
        progress("reading the source", 0)
        let copied = try await source.read()
        if let number = try await target.find(copied) {
            var report = report(copied, number: number, isNew: false, nil, "it was checked when it came")
            report.filesThere = copied.manifest.files.count
            report.seconds = Self.seconds(since: start)
            return report
        }
        let sent = try await send(copied)
        progress("registering", 1)
        let arrival = try await sent.destination.register()
        var report = report(
            copied, number: arrival.version, isNew: arrival.isNew, arrival.verification, arrival.reason)
        report.filesSent = sent.files
        report.bytesSent = sent.bytes
        report.filesThere = copied.manifest.files.count - sent.files
        if arrival.isNew { report.account(keepsNumber: keepsNumber, arrival: arrival) }
        report.seconds = Self.seconds(since: start)
        return report
    }

    private func report(
        _ copied: CopiedVersion, number: String, isNew: Bool, _ verification: String?, _ reason: String
    ) -> CopyReport {
        CopyReport(
            copied: copied, target: .init(kind: place.kind, name: place.name, model: place.model, version: number), isNew: isNew,
            verification: verification, verificationReason: reason)
    }

    /// Several files at once: most models are many small files, and each waits for the other side's disk.
    private func send(_ copied: CopiedVersion) async throws -> (destination: any CopyDestination, files: Int, bytes: Int64) {
        let destination = try await target.prepare(copied)
        let total = Double(max(copied.manifest.totalBytes, 1))
        var (files, bytes, passed): (Int, Int64, Int64) = (0, 0, 0)
        try await withThrowingTaskGroup(of: (file: ArtifactFile, isSent: Bool).self) { group in
            func take() async throws {
                guard let done = try await group.next() else { return }
                passed += done.file.bytes
                if done.isSent { (files, bytes) = (files + 1, bytes + done.file.bytes) }
                progress("sending files", Double(passed) / total)
            }
            for (index, file) in copied.manifest.files.enumerated() {
                if index >= Self.filesAtOnceMax { try await take() }
                group.addTask { (file, try await destination.send(file) { try await copied.open(file) }) }
            }
            for _ in 0..<min(Self.filesAtOnceMax, copied.manifest.files.count) { try await take() }
        }
        return (destination, files, bytes)
    }

    private static func seconds(since start: ContinuousClock.Instant) -> Double {
        let passed = (ContinuousClock.now - start).components
        return Double(passed.seconds) + Double(passed.attoseconds) * 1e-18
    }
}
