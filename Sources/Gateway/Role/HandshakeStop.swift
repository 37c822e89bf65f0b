import Glibc
import NIOCore

/// Keeps new connections away from a listener that is about to close. Those that the kernel has opened and nobody has accepted
/// would be reset, and the requests on them lost. A filter on the socket drops the first packet of each handshake: that client
/// tries again and finds the port closed, or with another owner. What is half open is completed, and accepted meanwhile.
enum HandshakeStop {
    /// `struct sock_filter` of linux/filter.h: an instruction of the packet filter.
    private struct Instruction {
        let code: UInt16
        let stepsIfTrue: UInt8
        let stepsIfFalse: UInt8
        let operand: UInt32
    }

    /// `struct sock_fprog`. The address is a number, because pointers are not sendable.
    private struct Program: Sendable {
        let count: UInt16
        let address: UInt
    }

    private static let attachFilter = NIOBSDSocket.Option(rawValue: CInt(SO_ATTACH_FILTER))

    /// Byte 13 of a TCP header has the flags; SYN without ACK is dropped, all else passes.
    private static let program: Program = {
        let instructions = [
            Instruction(code: 0x30, stepsIfTrue: 0, stepsIfFalse: 0, operand: 13),
            Instruction(code: 0x54, stepsIfTrue: 0, stepsIfFalse: 0, operand: 0x12),
            Instruction(code: 0x15, stepsIfTrue: 0, stepsIfFalse: 1, operand: 0x02),
            Instruction(code: 0x06, stepsIfTrue: 0, stepsIfFalse: 0, operand: 0),
            Instruction(code: 0x06, stepsIfTrue: 0, stepsIfFalse: 0, operand: .max),
        ]
        // Made once and never given back, so the address is good whenever the kernel copies from it.
        let memory = UnsafeMutableBufferPointer<Instruction>.allocate(capacity: instructions.count)
        _ = memory.initialize(from: instructions)
        return Program(count: UInt16(instructions.count), address: UInt(bitPattern: memory.baseAddress))
    }()

    /// Where the kernel refuses, the listener stays as it was: the end then loses what nobody has accepted.
    static func apply(to listener: any Channel) async {
        guard let socket = listener as? any SocketOptionProvider else { return }
        try? await socket.unsafeSetSocketOption(level: .socket, name: attachFilter, value: program).get()
    }
}
