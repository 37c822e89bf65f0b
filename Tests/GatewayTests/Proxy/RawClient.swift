import Foundation
import Glibc

/// A client that sends what it is told and reads what comes: no library between a test and the bytes.
struct RawClient {
    private let socket: Int32
    private static let readMilliseconds: Int32 = 5_000

    init(port: Int) throws {
        socket = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(UInt16(port).bigEndian)
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        let result = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(socket, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard result == 0 else { throw POSIXError(.ECONNREFUSED) }
    }

    func send(_ text: String) { send(Array(text.utf8)) }

    func send(_ bytes: [UInt8]) {
        var sent = 0
        while sent < bytes.count {
            let count = bytes[sent...].withUnsafeBytes { Glibc.send(socket, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
            guard count > 0 else { return }
            sent += count
        }
    }

    /// One answer: head and the body its Content-Length or chunks give. What follows stays unread.
    func answer() -> (head: String, body: String) {
        var bytes: [UInt8] = []
        while let byte = next() {
            bytes.append(byte)
            if bytes.suffix(4) == [13, 10, 13, 10] { break }
        }
        let head = String(decoding: bytes, as: UTF8.self)
        var body: [UInt8] = []
        for line in head.components(separatedBy: "\r\n") {
            let lower = line.lowercased()
            if lower.hasPrefix("content-length:"), let count = Int(lower.dropFirst(15).trimmingCharacters(in: .whitespaces)) {
                while body.count < count, let byte = next() { body.append(byte) }
            } else if lower == "transfer-encoding: chunked" {
                while let byte = next() {
                    body.append(byte)
                    if body.suffix(5) == Array("0\r\n\r\n".utf8) { break }
                }
            }
        }
        return (head, String(decoding: body, as: UTF8.self))
    }

    /// All there is until the other side closes.
    func rest() -> String {
        var bytes: [UInt8] = []
        while let byte = next() { bytes.append(byte) }
        return String(decoding: bytes, as: UTF8.self)
    }

    private func next() -> UInt8? {
        var waiting = pollfd(fd: socket, events: Int16(POLLIN), revents: 0)
        guard poll(&waiting, 1, Self.readMilliseconds) == 1 else { return nil }
        var byte: UInt8 = 0
        return recv(socket, &byte, 1, 0) == 1 ? byte : nil
    }

    func close() { _ = Glibc.close(socket) }
}
