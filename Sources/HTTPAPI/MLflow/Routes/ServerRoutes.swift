import GatehouseCore
import Hummingbird
import NIOCore
import WireAPI

/// What a client asks about the server itself.
struct ServerRoutes {
    func add(to router: some RouterMethods<APIContext>) {
        router.get("version") { _, _ in MLflowPaths.version }
    }

    func add(toNewer routes: MLflowRouteTable) {
        routes.get("server-info") { _ in
            MLflowAnswer.object {
                $0.member("store_type", "SqlStore")
                $0.member("workspaces_enabled", false)
                $0.member("trace_archival_enabled", false)
                $0.member("multipart_uploads_enabled", false)
                $0.member("multipart_downloads_enabled", false)
                $0.member("artifact_serving_enabled", true)
            }
        }
    }
}
