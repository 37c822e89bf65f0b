import Foundation
import GatehouseCore
import HTTPTypes
import Hummingbird
import NIOCore
import WireAPI

extension Response {
    static func json(_ value: some Encodable, status: HTTPResponse.Status = .ok) throws -> Response {
        Response(
            status: status, headers: [.contentType: "application/json; charset=utf-8"],
            body: .init(byteBuffer: ByteBuffer(bytes: try WireCoder.encode(value))))
    }
}

extension Request {
    /// The body as a value. Fails with `tooLarge` and with `invalidArgument` naming the field.
    func decode<Value: Decodable>(_ type: Value.Type = Value.self) async throws -> Value {
        let buffer: ByteBuffer
        do {
            buffer = try await body.collect(upTo: WireCoder.bodyBytesMax)
        } catch is NIOTooManyBytesError {
            throw GatehouseError(.tooLarge, "The body is larger than \(WireCoder.bodyBytesMax) bytes.")
        }
        return try WireCoder.decode(type, from: Data(buffer.readableBytesView))
    }
}
