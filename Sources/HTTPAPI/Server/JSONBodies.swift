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
    func decode<Value: Decodable>(
        _ type: Value.Type = Value.self, max: Int = WireCoder.bodyBytesMax
    ) async throws -> Value {
        try WireCoder.decode(type, from: Data(await buffer(max: max).readableBytesView))
    }

    /// The body as it came. Fails with `tooLarge`.
    func bytes(max: Int) async throws -> [UInt8] { Array(try await buffer(max: max).readableBytesView) }

    private func buffer(max: Int) async throws -> ByteBuffer {
        do {
            return try await body.collect(upTo: max)
        } catch is NIOTooManyBytesError {
            throw GatehouseError(.tooLarge, "The body is larger than \(max) bytes.")
        }
    }
}
