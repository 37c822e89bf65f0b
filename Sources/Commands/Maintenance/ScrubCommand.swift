import ArgumentParser
import ArtifactsLocal
import AuditLog
import Foundation
import GatehouseCore
import NIOCore
import Promotions
import Registry
import StorageSQLite
import WireAPI

struct ScrubCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "scrub",
        abstract: "Find stored bytes that are damaged or missing.",
        discussion: """
            gatehouse scrub --limit-rate 50

            Asks a server, or reads the folder of one that is stopped with --data-dir. Changes nothing: uploading the same bytes
            again mends a blob. The exit code is 2 when anything is wrong.
            """)

    @Option(help: ArgumentHelp("Read at most this many megabytes a second.", valueName: "MB/s")) var limitRate: Int64?
    @Option(help: ArgumentHelp("Data folder of a stopped server, instead of asking one.", valueName: "dir")) var dataDir: String?
    @OptionGroup var client: ClientOptions

    /// One blob may be large, and a stretch ends behind it.
    private static let deadlineHours: Int64 = 6

    func validate() throws {
        if let limitRate, !(1...1_000_000).contains(limitRate) { throw ValidationError("A rate is 1 to 1000000 MB/s.") }
    }

    func run() async throws {
        let rate = limitRate.map { $0 * 1_000_000 }
        let found: ScrubAnswer
        if let dataDir {
            found = try await Self.offline(dataDir, rate, show)
        } else {
            let server = try client.client(deadline: .hours(Self.deadlineHours))
            found = try await Self.whole(show) { after in
                try await server.post(["maintenance", "scrub"], ScrubCall(bytesPerSecondMax: rate, after: after))
            }
        }
        try client.show(found) { terminal in
            for damage in found.damages {
                terminal.out("\(damage.kind)  \(damage.digest)")
                for user in damage.usedBy { terminal.out("         \(user)") }
            }
            terminal.out("\(found.checked) blobs, \(found.bytes) bytes read: \(found.damages.count) damaged or missing")
        }
        if !found.damages.isEmpty { throw EarlyExit(status: .answerIsNo) }
    }

    private func show(_ sum: ScrubAnswer) {
        guard !client.json, sum.next != nil else { return }
        Terminal.process().note("  \(sum.checked) blobs, \(sum.bytes) bytes")
    }

    private static func whole(
        _ show: (ScrubAnswer) -> Void, _ page: (String?) async throws -> ScrubAnswer
    ) async throws -> ScrubAnswer {
        var sum = ScrubAnswer(checked: 0, bytes: 0, damages: [], next: nil)
        repeat {
            let page = try await page(sum.next)
            sum.checked += page.checked
            sum.bytes += page.bytes
            sum.damages += page.damages
            sum.next = page.next
            show(sum)
        } while sum.next != nil
        return sum
    }

    /// With the folder's lock, so that no server changes it meanwhile.
    private static func offline(_ path: String, _ rate: Int64?, _ show: (ScrubAnswer) -> Void) async throws -> ScrubAnswer {
        guard FileManager.default.fileExists(atPath: "\(path)/gatehouse.db") else {
            throw GatehouseError(.notFound, "There is no data folder of a server at '\(path)'.")
        }
        let lock = try DataDirectory.open(path)
        defer { lock.close() }
        let store = try await SQLiteStore.open(path: "\(path)/gatehouse.db")
        let result = await Result.of {
            let scrub = BlobScrub(
                store: store, artifacts: try LocalArtifactStore(directory: "\(path)/artifacts"), bytesPerSecondMax: rate)
            return try await whole(show) { after in
                let page = try await scrub.page(after: after.map { try Digest(parsing: $0) })
                return ScrubAnswer(
                    checked: page.checked, bytes: page.bytes,
                    damages: page.damages.map {
                        ScrubAnswer.Damage(digest: $0.digest.description, kind: $0.kind.rawValue, usedBy: $0.users)
                    }, next: page.next?.description)
            }
        }
        try await store.close()
        return try result.get()
    }
}
