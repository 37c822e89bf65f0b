import GatehouseCore
import Glibc
import Registry

/// An open blob. A class because closing the file is the end of its last owner.
final class LocalBlobReader: BlobReader {
    let bytes: Int64
    private let path: String
    private let descriptor: Int32

    init(path: String, descriptor: Int32, bytes: Int64) {
        self.path = path
        self.descriptor = descriptor
        self.bytes = bytes
    }

    deinit { close(descriptor) }

    func read(at offset: Int64, count: Int) async throws -> [UInt8] {
        let (path, descriptor) = (path, descriptor)
        return try await SystemCall.inBackground {
            var failure: GatehouseError?
            let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
                while filled < count {
                    let got = pread(descriptor, buffer.baseAddress.map { $0 + filled }, count - filled, off_t(offset) + filled)
                    if got < 0, errno == EINTR { continue }
                    if got < 0 { failure = SystemCall.failure("read", path) }
                    guard got > 0 else { break }
                    filled += got
                }
            }
            if let failure { throw failure }
            return bytes
        }
    }
}
