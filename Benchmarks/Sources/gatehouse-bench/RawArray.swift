import GatehouseCore
import Glibc

/// Numbers as they lie in a file: little-endian, one after the other.
enum RawArray {
    /// The whole file. Fails as `read(_:of:parts:)` does.
    static func read<Element: BitwiseCopyable>(_ path: String, of type: Element.Type) throws -> [Element] {
        try read(path, of: type, parts: 1)[0]
    }

    /// The file in parts of the same length, each read into its own array. Fails with `notFound` when it cannot be read
    /// and with `invalidArgument` when it does not hold whole elements in whole parts.
    static func read<Element: BitwiseCopyable>(_ path: String, of type: Element.Type, parts: Int) throws -> [[Element]] {
        guard let file = fopen(path, "rb") else {
            throw GatehouseError(.notFound, "\(path) cannot be opened.", hint: "Make it with numpy's tofile.")
        }
        defer { fclose(file) }
        var status = stat()
        let width = MemoryLayout<Element>.stride
        guard fstat(fileno(file), &status) == 0, let bytes = Int(exactly: status.st_size), parts > 0, bytes % (width * parts) == 0
        else {
            throw GatehouseError(.invalidArgument, "\(path) does not hold \(parts) times as many numbers of \(width) bytes.")
        }
        let length = bytes / (width * parts)
        return try (0..<parts).map { _ in
            let elements = [Element](unsafeUninitializedCapacity: length) { buffer, count in
                count = fread(buffer.baseAddress, width, length, file)
            }
            guard elements.count == length else {
                throw GatehouseError(.invalidArgument, "\(path) became shorter while it was read.")
            }
            return elements
        }
    }

    /// Writes doubles for the peer to compare with. Fails with `unavailable`.
    static func write(_ numbers: [Double], to path: String) throws {
        guard let file = fopen(path, "wb") else { throw GatehouseError(.unavailable, "\(path) cannot be written.") }
        let written = fwrite(numbers, MemoryLayout<Double>.stride, numbers.count, file)
        guard fclose(file) == 0, written == numbers.count else {
            throw GatehouseError(.unavailable, "\(path) could not be written completely.")
        }
    }
}
