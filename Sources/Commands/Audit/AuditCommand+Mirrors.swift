import ArgumentParser
import AuditLog
import GatehouseCore
import StoragePostgres
import WireAPI

extension AuditCommand {
    struct Mirrors: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Show how far the copies of the log and its witnesses are.",
            discussion: "Exit code 2: a mirror disagrees with the log; 3: one is behind or cannot be reached.")

        @OptionGroup var client: ClientOptions

        func run() async throws {
            let answer: MirrorsAnswer = try await client.client().get(["audit", "mirrors"])
            try client.show(answer) { Self.show(answer, on: $0) }
            if answer.mirrors.contains(where: { $0.alarm != nil }) { throw EarlyExit(status: .answerIsNo) }
            if answer.mirrors.contains(where: { $0.lagEntries != 0 }) { throw EarlyExit(status: .undecided) }
        }

        private static func show(_ answer: MirrorsAnswer, on terminal: Terminal) {
            if answer.mirrors.isEmpty { terminal.note("no mirrors: gatehouse serve --audit-mirror DIR") }
            var table = TextTable([("MIRROR", .left), ("STATE", .left), ("HELD", .right), ("BEHIND", .left), ("SINCE", .left)])
            for mirror in answer.mirrors {
                let behind =
                    mirror.lagEntries.map { $0 == 0 ? "no" : "\($0) entries, \(mirror.lagSeconds ?? 0) s" } ?? "not known"
                let place = mirror.place.contains("://") ? mirror.place : "\(mirror.kind) \(mirror.place)"
                table.add([place, mirror.alarm ?? mirror.state, mirror.held.map { "\($0)" } ?? "–", behind, mirror.since])
            }
            if !answer.mirrors.isEmpty { terminal.show(table) }
            for mirror in answer.mirrors {
                if let message = mirror.message { terminal.note("\(mirror.place): \(message)") }
                for warning in mirror.warnings { terminal.note("\(mirror.place): warning: \(warning)") }
            }
            guard !answer.witnesses.isEmpty else { return }
            var witnesses = TextTable([("WITNESS", .left), ("COSIGNED", .right), ("AT", .left), ("FAILURE", .left)])
            for witness in answer.witnesses {
                witnesses.add([
                    witness.name, witness.cosignedEntries.map { "\($0)" } ?? "–", witness.lastCosignedAt ?? "",
                    witness.failure ?? "",
                ])
            }
            terminal.show(witnesses)
            terminal.note("enough witnesses cosigned \(answer.witnessedEntries ?? 0) of \(answer.entries) entries")
        }
    }

    struct Mirror: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Bring one copy of a log's folder in step, without a server.",
            discussion: """
                gatehouse audit mirror /srv/gatehouse/audit /mnt/other/audit

                Compares what the mirror holds with the log first; exit code 2 when they disagree, and nothing is written then.
                """)

        @Argument(help: "The log's folder: audit in a data folder, or another mirror.") var folder: String
        @Argument(help: "The mirror: a folder, postgres://role@host/database or s3://bucket/prefix?retain=3650d.")
        var mirror: String
        @Flag(help: "Only compare; write nothing.") var check = false
        @Flag(help: "Print one JSON object.") var json = false

        func run() async throws {
            let log = MirroredLog(TileDirectory(path: folder))
            guard let published = try log.published() else {
                throw GatehouseError(
                    .notFound, "There is no log in '\(folder)'.", hint: "Name the folder that holds 'checkpoint'.")
            }
            let copy = try MirrorPlace.mirror(mirror)
            let entries = published.checkpoint.size
            let finding: MirrorFinding
            do {
                let look = try await copy.look(at: log)
                var held = look.held
                while !check, held < entries { held = try await copy.advance(from: held, in: log) }
                finding = MirrorFinding(
                    place: copy.name.place, entries: entries, held: held, alarm: nil, message: nil, warnings: look.warnings)
            } catch let alarm as MirrorAlarm {
                finding = MirrorFinding(
                    place: copy.name.place, entries: entries, held: nil, alarm: alarm.word, message: alarm.message, warnings: []
                )
            }
            await copy.close()
            try show(finding)
            if finding.alarm != nil { throw EarlyExit(status: .answerIsNo) }
        }

        private func show(_ finding: MirrorFinding) throws {
            let terminal = Terminal.process()
            if json { return terminal.out(verbatim: String(decoding: try WireCoder.encode(finding), as: UTF8.self)) }
            if let alarm = finding.alarm {
                terminal.out("\(finding.place): \(alarm)")
                terminal.note(finding.message ?? "")
            } else {
                terminal.out("\(finding.place) holds \(finding.held ?? 0) of \(finding.entries) entries")
            }
            for warning in finding.warnings { terminal.note("warning: \(warning)") }
        }
    }

    struct MirrorDDL: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "mirror-ddl", abstract: "Print the tables of a PostgreSQL mirror, and who may do what with them.",
            discussion: "gatehouse audit mirror-ddl | psql -v ON_ERROR_STOP=1 -1 -f - DATABASE")

        @Option(help: ArgumentHelp("The role that Gatehouse connects as.", valueName: "name"))
        var role = PostgresMirrorSchema.defaultRole

        func run() throws { Terminal.process().out(verbatim: try PostgresMirrorSchema.ddl(role: role)) }
    }
}
