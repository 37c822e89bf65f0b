import GatehouseCore
import Hummingbird
import NIOCore
import WireAPI

/// The description of the API. It holds no secret, so it needs no token.
struct OpenAPIRoute {
    private let bytes = OpenAPIDocument.make(APIOperation.native + APIOperation.mlflow).canonicalBytes

    func add(to router: some RouterMethods<APIContext>) {
        let bytes = bytes
        router.get("openapi.json") { _, _ in
            Response(
                status: .ok, headers: [.contentType: "application/json"], body: .init(byteBuffer: ByteBuffer(bytes: bytes)))
        }
    }
}
