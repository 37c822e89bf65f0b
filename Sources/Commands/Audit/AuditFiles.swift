import AuditLog
import Foundation
import GatehouseCore

/// Reads what the offline audit commands are given.
enum AuditFiles {
    private static let keyBytesMax = 4096

    /// A file's bytes. Fails with `notFound` and `tooLarge`.
    static func bytes(_ path: String, max: Int) throws(GatehouseError) -> [UInt8] {
        guard let handle = FileHandle(forReadingAtPath: path), let data = try? handle.read(upToCount: max + 1) ?? Data() else {
            throw GatehouseError(.notFound, "There is no readable file '\(path)'.")
        }
        guard data.count <= max else { throw GatehouseError(.tooLarge, "'\(path)' has more than \(max) bytes.") }
        return Array(data)
    }

    /// A key as text, or in a file. Fails with `invalidArgument`.
    static func key(_ text: String) throws(GatehouseError) -> NoteVerifier {
        guard FileManager.default.fileExists(atPath: text) else { return try NoteVerifier(parsing: text) }
        let line = String(decoding: try bytes(text, max: keyBytesMax), as: UTF8.self)
        return try NoteVerifier(parsing: line.trimmingCharacters(in: .whitespacesAndNewlines))
    }

    static func isDirectory(_ path: String) -> Bool {
        var isDirectory: ObjCBool = false
        return FileManager.default.fileExists(atPath: path, isDirectory: &isDirectory) && isDirectory.boolValue
    }
}
