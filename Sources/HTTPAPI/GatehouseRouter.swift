package import Hummingbird
import WireAPI

/// All routes of the server.
package enum GatehouseRouter {
    package static func make(_ services: APIServices, access: Access) -> Router<APIContext> {
        let router = Router(context: APIContext.self)
        router.add(middleware: ErrorAnswers())
        router.get("health") { _, _ in "OK" }
        let native = router.group(RouterPath(WireCoder.prefix)).add(middleware: Authentication(access: access))
        BlobRoutes(services: services).add(to: native)
        ModelRoutes(services: services).add(to: native)
        VersionRoutes(services: services).add(to: native)
        EvaluationRoutes(services: services).add(to: native)
        PromotionRoutes(services: services).add(to: native)
        DatasetRoutes(services: services).add(to: native)
        PipelineRoutes(services: services).add(to: native)
        PolicyRoutes(services: services).add(to: native)
        EvidenceRoutes(services: services).add(to: native)
        AuditRoutes(services: services).add(to: native)
        return router
    }
}
