import GatehouseCore
import HTTPAPI
import HTTPTypes
import Hummingbird
import NIOCore

struct AssetRoutes {
    let assets: Assets

    func add(to router: some RouterMethods<APIContext>) {
        router.get("assets/:digest/:name") { _, context in
            guard let file = try assets.file(context.segment("name"), digest: context.segment("digest")) else {
                throw GatehouseError(.notFound, "There is no such file.", hint: "Load the page again.")
            }
            return Response(
                status: .ok,
                headers: [.contentType: file.type, .cacheControl: "public, max-age=31536000, immutable"],
                body: .init(byteBuffer: ByteBuffer(bytes: file.bytes)))
        }
    }
}
