import Foundation
import GatehouseCore

/// A file somebody names for reading, with a bound.
enum InputFile {
    /// Fails with `notFound` and `tooLarge`.
    static func bytes(_ path: String, bytesMax: Int) throws(GatehouseError) -> [UInt8] {
        guard let handle = FileHandle(forReadingAtPath: path) else {
            throw GatehouseError(.notFound, "There is no readable file '\(path)'.")
        }
        defer { try? handle.close() }
        guard let data = try? handle.read(upToCount: bytesMax + 1) else {
            throw GatehouseError(.notFound, "The file '\(path)' is empty or cannot be read.")
        }
        guard data.count <= bytesMax else { throw GatehouseError(.tooLarge, "'\(path)' is larger than \(bytesMax) bytes.") }
        return [UInt8](data)
    }

    static func text(_ path: String, bytesMax: Int) throws(GatehouseError) -> String {
        String(decoding: try bytes(path, bytesMax: bytesMax), as: UTF8.self)
    }
}

/// A file that a command was told to write.
enum OutputFile {
    /// Fails with `unavailable`.
    static func write(_ bytes: [UInt8], to path: String) throws(GatehouseError) {
        do { try Data(bytes).write(to: URL(fileURLWithPath: path)) } catch {
            throw GatehouseError(
                .unavailable, "'\(path)' cannot be written.", hint: "Is it in a folder that you may write to?", cause: error)
        }
    }
}
