import ArgumentParser
import Deployments
import Foundation
import GatehouseCore
import Glibc
import UnixSignals
import WireAPI

struct DeployRunCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run",
        abstract: "Pin a version where it is served, check it, report it.",
        usage: "gatehouse deploy run <name> [<version>] <target> <what to pin> [<checks>]",
        discussion: """
            gatehouse deploy credit-risk --git URL --file credit/values.yaml \\
                --set 'model.version={version}' --health URL --golden FILE --endpoint URL

            Without a version, the slot's active one. In braces: model, version, digest, digest_hex. Exit code 2: it was taken
            back, or is not active.
            """)

    static let reportSecondsMax: Int64 = 30

    @Argument(help: "Name of the registered model.") var name: String
    @Argument(help: "The version [the slot's active one].") var version: Int64?
    @OptionGroup var target: DeployTargetOptions
    @OptionGroup var checks: DeployCheckOptions
    @OptionGroup var slot: SlotOptions
    @Flag(help: "Deploy a version that is not active too.") var allowUnpromoted = false
    @Option(help: ArgumentHelp("Name of this job, for the record [CI's].", valueName: "id")) var job: String?
    @Flag(help: "Print the changed manifest; touch nothing.") var render = false
    @Option(help: ArgumentHelp("Digest of the version, to render it.", valueName: "digest")) var digest: String?
    @OptionGroup var client: ClientOptions

    mutating func validate() throws {
        guard !render || (target.manifest != nil && version != nil) else {
            throw ValidationError("--render needs --manifest FILE and a version: it asks no server.")
        }
        guard render || digest == nil else { throw ValidationError("--digest belongs to --render: the registry knows it.") }
    }

    func run() async throws {
        if render { return try await DeployRendering(command: self).show() }
        let server = try client.client()
        let model = try ModelName(name)
        let number = try await resolved(server)
        let found: VersionAnswer = try await server.get(["models", name, "versions", String(number)])
        guard let artifact = try found.artifactDigest.map({ (text) throws(GatehouseError) in try Digest(parsing: text) }) else {
            throw GatehouseError(.conflict, "\(name) v\(number) is unpinned: nobody could say which bytes were deployed.")
        }
        let pinned = PinnedVersion(model: model, version: try VersionNumber(number), artifact: artifact)
        let folder = try scratchFolder()
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let place = try target.target(
            pinned, segment: slot.slot ?? Slot.defaultSegment, folder: folder, limit: checks.limit,
            inventory: { try await server.get(["serving", "inventory"]) })
        var run = DeploymentRun(target: place, limit: checks.limit)
        run.healthCheck = try checks.healthCheck(pinned)
        run.golden = try await checks.suite(found, artifact: artifact, server)
        let terminal = Terminal.process()
        if !client.json { run.tell = { terminal.note("  \($0)") } }
        let interruption = Interruption()
        run.interruption = interruption
        async let _ = Self.listen(for: interruption)
        let answer = try await carryOut(run, pinned, server)
        try client.show(answer) { DeployReport.show(answer, on: $0) }
        let outcome = DeploymentMachine.Outcome(rawValue: answer.outcome) ?? .failed
        if outcome.exitCode != .done { throw EarlyExit(status: outcome.exitCode) }
    }

    /// The first signal is for the run, which takes back what it began and reports it. The second is for whoever cannot wait: the
    /// job stays on record as running, and goes on when it is run again.
    private static func listen(for interruption: Interruption) async {
        for await signal in await UnixSignalsSequence(trapping: .sigterm, .sigint) {
            guard interruption.reason == nil else { Glibc.exit(ExitStatus.failed.rawValue) }
            interruption.raise("interrupted by \(signal)")
        }
    }

    /// Begins on record, deploys, ends on record.
    private func carryOut(
        _ run: DeploymentRun, _ version: PinnedVersion, _ server: GatehouseClient
    ) async throws -> DeploymentAnswer {
        let path = ["models", name, "versions", String(version.version.value), "deployments"]
        var (changes, isThere) = try await run.target.read()
        var call = begin(run.target.name)
        call.pins = changes.map { DeploymentPin(path: $0.path.description, before: $0.before, after: $0.after ?? "") }
        let begun: DeploymentAnswer = try await server.post(path, call)
        guard begun.outcome == "running" else { return begun }
        if begun.pins != call.pins {
            // An earlier attempt of this job has begun, and knows what was there before it.
            changes = try begun.pins.map {
                PinChange(path: try ManifestPath(parsing: $0.path), before: $0.before, after: $0.after)
            }
            isThere = changes.allSatisfy { $0.before == $0.after }
            call.pins = begun.pins
        }
        let result = await run.run(changes, isThere: isThere, notes: notes(version, begun))
        call.outcome = result.outcome.rawValue
        call.reason = result.reason.map { String($0.prefix(1_000)) }
        call.health = result.health
        call.golden = result.golden
        call.revision = result.revision
        return try await reported(call, path, server)
    }

    private func begin(_ targetName: String) -> DeploymentCall {
        let job = DeployJob(named: job, in: ProcessRoots.environment, otherwise: "deploy-\(ProcessRoots.ids())")
        var call = DeploymentCall(target: targetName, job: job.name, outcome: "running")
        call.environment = slot.environment
        call.segment = slot.slot
        call.allowUnpromoted = allowUnpromoted ? true : nil
        call.jobURL = job.url
        call.commit = job.commit
        return call
    }

    /// What was done is done: a registry that is away is waited for, as long as health may take and half a minute at most.
    private func reported(
        _ call: DeploymentCall, _ path: [String], _ server: GatehouseClient
    ) async throws -> DeploymentAnswer {
        do {
            let seconds = min(checks.limit.components.seconds, Self.reportSecondsMax)
            return try await Patience(unreachableInARowMax: Int(seconds)).wait(hint: "") {
                try await server.post(path, call, as: DeploymentAnswer.self)
            }
        } catch let error as GatehouseError {
            throw GatehouseError(
                error.code, "The deployment ended as '\(call.outcome)', but this could not be reported: \(error.message)",
                hint: "It stays on record as running. Repeat the command with --job \(shellQuoted(call.job)).",
                details: call.reason.map { [$0] } ?? [], cause: error)
        }
    }

    private func notes(
        _ version: PinnedVersion, _ begun: DeploymentAnswer
    ) -> (pin: ChangeNote, takeBack: @Sendable (String, String?) -> ChangeNote) {
        let subject = "\(name) v\(version.version)"
        let place = "\(begun.environment)/\(begun.segment)"
        let lines = [
            "Gatehouse-Model: \(name)", "Gatehouse-Version: \(version.version)", "Gatehouse-Digest: \(begun.digest)",
            "Gatehouse-Slot: \(place)", "Gatehouse-Deployment: \(begun.id)", "Gatehouse-Audit-Entry: \(begun.auditSequence)",
        ]
        let all = lines + (begun.promotion.map { ["Gatehouse-Promotion: \($0)"] } ?? [])
        let pin = ChangeNote(title: "Pin \(subject) in \(place)", lines: all)
        return (
            pin,
            { reason, revision in
                let why = reason.split(whereSeparator: \.isNewline).joined(separator: " ").prefix(500)
                let reverted = revision.map { ["This reverts commit \($0).", ""] } ?? []
                return ChangeNote(title: "Take back \(subject) in \(place)", lines: [String(why), ""] + reverted + all)
            }
        )
    }

    private func resolved(_ server: GatehouseClient) async throws -> Int64 {
        if let version { return version }
        let query =
            [("segment", slot.slot), ("environment", slot.environment)].compactMap { key, value in value.map { (key, $0) } }
            + [("limit", "1")]
        let page: PageAnswer<HistoryAnswer> = try await server.get(["models", name, "history"], query: query)
        guard let active = page.items.first, active.until == nil else {
            throw GatehouseError(
                .blockedByPolicy,
                "No version of \(name) is active in \(slot.environment ?? Slot.defaultEnvironment)/\(slot.slot ?? Slot.defaultSegment).",
                hint: "Promote one first: gatehouse promote \(shellQuoted(name)) VERSION --to production")
        }
        return active.version
    }

    private func scratchFolder() throws -> String {
        let path = FileManager.default.temporaryDirectory.path + "/gatehouse-deploy-\(ProcessRoots.ids())"
        do {
            try FileManager.default.createDirectory(
                atPath: path, withIntermediateDirectories: false, attributes: [.posixPermissions: 0o700])
        } catch {
            throw GatehouseError(
                .unavailable, "No folder can be made in \(FileManager.default.temporaryDirectory.path).", cause: error)
        }
        return path
    }
}
