import NIOCore

/// Messages of gRPC in a stream: a byte that says whether it is compressed, four with its length, and the message.
enum CallFrame {
    static let headBytes = 5

    /// The only message of a unary call. Fails for none, for more than one, and for a compressed one.
    static func message(_ bytes: ByteBuffer) throws(CallRefusal) -> ByteBuffer {
        var bytes = bytes
        guard let (flag, length) = bytes.readMultipleIntegers(as: (UInt8, UInt32).self) else {
            throw CallRefusal(.unimplemented, "The call has no message; each method here takes one.")
        }
        guard flag == 0 else { throw CallRefusal(.unimplemented, "The message is compressed, which is not taken here.") }
        guard let message = bytes.readSlice(length: Int(length)) else {
            throw CallRefusal(.internal, "The message is shorter than its length says.")
        }
        guard bytes.readableBytes == 0 else {
            throw CallRefusal(.unimplemented, "The call has more than one message; each method here takes one.")
        }
        return message
    }

    static func bytes(_ message: [UInt8]) -> ByteBuffer {
        var bytes = ByteBuffer()
        bytes.reserveCapacity(headBytes + message.count)
        bytes.writeMultipleIntegers(UInt8(0), UInt32(message.count))
        bytes.writeBytes(message)
        return bytes
    }
}
