package import Hummingbird
import WireAPI

/// All routes of the server.
package enum GatehouseRouter {
    /// `slack` nil: the server is not connected to Slack.
    package static func make(
        _ services: APIServices, signIn: SignIn, safety: BrowserSafety, slack: SlackDesk? = nil
    ) -> Router<APIContext> {
        let router = Router(context: APIContext.self)
        router.add(middleware: safety)
        router.add(middleware: ErrorAnswers())
        router.get("health") { _, _ in "OK" }
        router.head("health") { _, _ in "OK" }
        let authentication = Authentication(signIn: signIn)
        addMLflow(to: router, services, authentication)
        let native = router.group(RouterPath(WireCoder.prefix)).add(middleware: authentication)
        BlobRoutes(services: services).add(to: native)
        ModelRoutes(services: services).add(to: native)
        VersionRoutes(services: services).add(to: native)
        EvaluationRoutes(services: services).add(to: native)
        PromotionRoutes(services: services).add(to: native)
        ReviewRoutes(services: services).add(to: native)
        ReviewTrialRoutes(services: services).add(to: native)
        DatasetRoutes(services: services).add(to: native)
        PipelineRoutes(services: services).add(to: native)
        PolicyRoutes(services: services).add(to: native)
        PolicyProposalRoutes(services: services).add(to: native)
        WaiverRoutes(services: services).add(to: native)
        BreakGlassRoutes(services: services).add(to: native)
        RollbackRoutes(services: services).add(to: native)
        DeploymentRoutes(services: services).add(to: native)
        EvidenceRoutes(services: services).add(to: native)
        AttestationRoutes(services: services).add(to: native)
        AuditRoutes(services: services).add(to: native)
        AuditLogRoutes(services: services).add(to: native)
        MirrorRoutes(services: services).add(to: native)
        WitnessRoutes(services: services).add(open: router)
        ImportRoutes(services: services).add(to: native)
        CopyRoutes(services: services).add(to: native)
        MaintenanceRoutes(services: services).add(to: native)
        UserRoutes(accounts: services.accounts, signIn: signIn).add(to: native)
        TeamRoutes(accounts: services.accounts).add(to: native)
        SlackIdentityRoutes(accounts: services.accounts, hasSlack: slack != nil).add(to: native)
        SlackRoutes(desk: slack).add(open: router)
        TokenRoutes(accounts: services.accounts, signIn: signIn, now: services.now).add(to: native)
        SignInRoutes(signIn: signIn).add(toNative: native)
        WebhookRoutes(services: services).add(to: native)
        DeliveryRoutes(services: services).add(to: native)
        ServingRoutes(services: services).add(to: native)
        RolloutRoutes(services: services).add(to: native)
        ServingGatewayRoutes(services: services).add(to: native)
        SlotExperimentRoutes(services: services).add(to: native)
        GateRoutes(services: services).add(to: native)
        return router
    }

    private static func addMLflow(
        to router: Router<APIContext>, _ services: APIServices, _ authentication: Authentication
    ) {
        OpenAPIRoute().add(to: router)
        ServerRoutes().add(to: router)
        let newer = MLflowRouteTable(router, prefixes: MLflowPaths.newerPrefixes, authentication: authentication)
        ServerRoutes().add(toNewer: newer)
        let routes = MLflowRouteTable(router, prefixes: MLflowPaths.prefixes, authentication: authentication)
        RegisteredModelRoutes(services: services).add(to: routes)
        ExperimentRoutes(services: services).add(to: routes)
        RunRoutes(services: services).add(to: routes)
        MetricRoutes(services: services).add(to: routes)
        RunDatasetRoutes(services: services).add(to: routes)
        LoggedModelRoutes(services: services).add(to: routes)
        TrackingSearchRoutes(services: services).add(to: routes)
        ModelVersionRoutes(services: services).add(to: routes)
        AliasRoutes(services: services).add(to: routes)
        StageRoutes(services: services).add(to: routes)
        MLflowWebhookRoutes(services: services).add(to: routes)
        RegistryWebhookRoutes(services: services).add(to: routes)
        TransitionRequestRoutes(services: services).add(to: routes)
        for table in [newer, routes] { UnservedRoutes().add(to: table) }
        addArtifacts(to: router, routes, services, authentication)
    }

    private static func addArtifacts(
        to router: Router<APIContext>, _ routes: MLflowRouteTable, _ services: APIServices, _ authentication: Authentication
    ) {
        func table(_ prefixes: [String]) -> MLflowRouteTable {
            MLflowRouteTable(router, prefixes: prefixes, authentication: authentication)
        }
        let downloads = ArtifactDownloadRoutes(services: services)
        downloads.add(to: routes)
        downloads.add(toAjax: table(MLflowPaths.browserPrefixes))
        downloads.add(toRoot: table([""]))
        let proxied = table(MLflowPaths.artifactPrefixes)
        ProxiedArtifactRoutes(services: services).add(to: proxied)
        MultipartRoutes(services: services).add(to: proxied)
        MultipartRoutes(services: services).add(open: router)
    }
}
