import ArgumentParser
import AuditLog
import Foundation
import GatehouseCore
import StorageSQLite
import WireAPI

extension AuditCommand {
    struct RotateKey: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Change the log's key; the server must be stopped.",
            discussion: """
                The old key signs the entry that names the new one, and one checkpoint carries both signatures. Give the new
                public key to everybody who noted the old one.
                """)

        @Option(help: ArgumentHelp("Data folder of the stopped server.", valueName: "dir")) var dataDir: String
        @Flag(help: "Print one JSON object.") var json = false

        func run() async throws {
            guard FileManager.default.fileExists(atPath: "\(dataDir)/gatehouse.db") else {
                throw GatehouseError(.notFound, "There is no data folder of a server at '\(dataDir)'.")
            }
            let lock = try DataDirectory.open(dataDir)
            defer { lock.close() }
            let store = try await SQLiteStore.open(path: "\(dataDir)/gatehouse.db")
            let rotation = KeyRotation(
                store: store, directory: TileDirectory(path: "\(dataDir)/audit"), now: ProcessRoots.now)
            let result = await Result.of {
                try await rotation.rotate(
                    by: .system("audit"), id: ProcessRoots.ids(), randomBytes: ProcessRoots.randomBytes)
            }
            try await store.close()
            let keys = try result.get()
            let answer = RotateKeyAnswer(oldKey: keys.old.vkey, newKey: keys.new.vkey)
            let terminal = Terminal.process()
            guard !json else { return terminal.out(verbatim: String(decoding: try WireCoder.encode(answer), as: UTF8.self)) }
            terminal.out("old key: \(answer.oldKey)")
            terminal.out("new key: \(answer.newKey)")
        }
    }
}

/// `--json` of `audit rotate-key`.
struct RotateKeyAnswer: Encodable {
    let oldKey: String
    let newKey: String

    enum CodingKeys: String, CodingKey {
        case oldKey = "old_key"
        case newKey = "new_key"
    }
}
