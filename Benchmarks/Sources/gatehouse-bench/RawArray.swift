import GatehouseCore
import Glibc

/// Numbers as they lie in a file: little-endian, one after the other.
enum RawArray {
    /// The whole file. Fails with `notFound` when it cannot be read and with `invalidArgument` when it holds no whole
    /// number of elements.
    static func read<Element: BitwiseCopyable>(_ path: String, of type: Element.Type) throws -> [Element] {
        guard let file = fopen(path, "rb") else {
            throw GatehouseError(.notFound, "\(path) cannot be opened.", hint: "Make it with numpy's tofile.")
        }
        defer { fclose(file) }
        var status = stat()
        let width = MemoryLayout<Element>.stride
        guard fstat(fileno(file), &status) == 0, let bytes = Int(exactly: status.st_size), bytes % width == 0 else {
            throw GatehouseError(.invalidArgument, "\(path) does not hold whole numbers of \(width) bytes.")
        }
        let elements = [Element](unsafeUninitializedCapacity: bytes / width) { buffer, count in
            count = fread(buffer.baseAddress, width, bytes / width, file)
        }
        guard elements.count == bytes / width else {
            throw GatehouseError(.invalidArgument, "\(path) became shorter while it was read.")
        }
        return elements
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
