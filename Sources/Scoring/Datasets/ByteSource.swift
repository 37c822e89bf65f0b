import GatehouseCore
import Glibc

/// Where the bytes of a data file come from.
///
/// Files are read, not mapped into memory: a mapped file that somebody cuts short kills the process that looks at it, and
/// reading from the page cache, at 9 GB/s, is a small part of the time of parsing.
enum ByteSource: Sendable {
    case descriptor(Int32)
    case memory(ArraySlice<UInt8>)

    /// Opens `path` and tells its size, 0 when it cannot be known (a pipe). Whoever opens it closes the descriptor.
    static func open(_ path: String) throws(GatehouseError) -> (descriptor: Int32, bytesTotal: Int64) {
        let descriptor = Glibc.open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw failure(errno, "'\(path)' cannot be opened") }
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT != S_IFDIR else {
            close(descriptor)
            throw GatehouseError(.invalidArgument, "'\(path)' is a folder, not a data file.")
        }
        return (descriptor, Int64(status.st_size))
    }

    /// Fills `buffer` from its start as far as the source reaches; fewer bytes than asked for mean that it has ended.
    mutating func read(into buffer: UnsafeMutableRawBufferPointer) throws(GatehouseError) -> Int {
        switch self {
        case .memory(let bytes):
            let part = bytes.prefix(buffer.count)
            buffer.copyBytes(from: part)
            self = .memory(bytes.dropFirst(part.count))
            return part.count
        case .descriptor(let descriptor):
            var filled = 0
            while filled < buffer.count {
                let count = Glibc.read(descriptor, buffer.baseAddress?.advanced(by: filled), buffer.count - filled)
                if count == 0 { break }
                if count > 0 { filled += count } else if errno != EINTR { throw Self.failure(errno, "The data cannot be read") }
            }
            return filled
        }
    }

    private static func failure(_ number: Int32, _ what: String) -> GatehouseError {
        let reason = String(cString: strerror(number))
        return switch number {
        case ENOENT, ENOTDIR: GatehouseError(.notFound, "\(what): \(reason).", hint: "Check the path.")
        case EACCES, EPERM: GatehouseError(.forbidden, "\(what): \(reason).", hint: "Check the file's permissions.")
        case EISDIR: GatehouseError(.invalidArgument, "\(what): \(reason).")
        default: GatehouseError(.unavailable, "\(what): \(reason).")
        }
    }
}
