import Foundation
import GatehouseCore
import Glibc

/// The folder a server keeps everything in. One process at a time: a second one would lay out evaluations over the first's.
struct DataDirectory {
    private let descriptor: Int32

    /// Makes the folder where it is missing, readable by its owner only, and locks it. Fails with `unavailable` when another
    /// process holds it.
    static func open(_ path: String) throws(GatehouseError) -> DataDirectory {
        do {
            try FileManager.default.createDirectory(
                atPath: path, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        } catch {
            throw GatehouseError(
                .unavailable, "The data folder '\(path)' cannot be made.", hint: "Name another with --data-dir.", cause: error)
        }
        let descriptor = Glibc.open("\(path)/lock", O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else {
            throw GatehouseError(
                .unavailable, "The data folder '\(path)' cannot be written to.",
                hint: "Is the disk full, or the folder somebody else's?")
        }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            Glibc.close(descriptor)
            throw GatehouseError(
                .unavailable, "Another Gatehouse serves the data folder '\(path)'.",
                hint: "Stop it first, or name another folder with --data-dir.")
        }
        return DataDirectory(descriptor: descriptor)
    }

    /// The absolute path of a folder that must be there: programs are looked for in it from wherever a check runs.
    static func existing(_ path: String) throws(GatehouseError) -> String {
        var isDirectory: ObjCBool = false
        guard FileManager.default.fileExists(atPath: path, isDirectory: &isDirectory), isDirectory.boolValue else {
            throw GatehouseError(.notFound, "There is no folder '\(path)'.", hint: "Make it, or name another with --checks-dir.")
        }
        return URL(fileURLWithPath: path).standardizedFileURL.path
    }

    func close() { _ = Glibc.close(descriptor) }
}
