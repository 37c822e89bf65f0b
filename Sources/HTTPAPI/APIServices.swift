package import Access
package import AuditLog
package import Events
package import GatehouseCore
package import Promotions
package import Registry
package import Storage

/// What the routes call. Made once, at the composition root.
package struct APIServices: Sendable {
    package let store: any SQLStore
    let answers: AnswerCache
    package let artifacts: any ArtifactStore
    package let artifactTree: ArtifactTree
    package let registry: ModelRegistry
    package let tracking: Tracking
    package let registrations: RegistrationService
    package let copies: CopyService
    package let policies: PolicyBook
    package let transitions: TransitionService
    package let adoptions: AdoptionService
    package let evaluations: EvaluationService
    package let promotions: PromotionService
    package let reviews: ReviewService
    package let aliases: AliasService
    package let datasets: DatasetService
    package let policyEdits: PolicyEditService
    package let backtests: BacktestService
    package let waivers: WaiverService
    package let breakGlass: BreakGlassService
    package let rollbacks: RollbackService
    package let deployments: DeploymentService
    package let afterReviews: AfterTheFactService
    package let accounts: AccountService
    package let erasures: ErasureService
    package let bundles: BundlePages
    package let now: @Sendable () -> Timestamp
    package let webhooks: WebhookService
    package let auditLog: PublishedLog
    /// Mirrors and witnesses of the audit log.
    package let outside: OutsideParties
    package let serving: ServingServices
    /// Tells the worker that the queue has grown.
    package let wake: @Sendable () -> Void
    /// As many random bytes as asked for, fit for secrets.
    package let randomBytes: @Sendable (Int) -> [UInt8]

    /// Builds every service on one store; `wake` tells the worker that the queue has grown.
    package init(
        registry: ModelRegistry, artifacts: any ArtifactStore, transitions: TransitionService, evaluations: EvaluationService,
        policies: PolicyBook, webhooks: WebhookService, auditLog: PublishedLog, outside: OutsideParties, serving: ServingServices,
        trustedLogs: [NoteVerifier] = [], accounts: AccountService, now: @escaping @Sendable () -> Timestamp,
        randomBytes: @escaping @Sendable (Int) -> [UInt8], wake: @escaping @Sendable () -> Void
    ) {
        store = registry.store
        answers = AnswerCache(registry.store)
        self.artifacts = artifacts
        artifactTree = registry.artifactTree(artifacts, isGuarded: policies.keepsSealedFiles)
        self.registry = registry
        tracking = Tracking(registry)
        self.policies = policies
        self.webhooks = webhooks
        self.auditLog = auditLog
        self.outside = outside
        self.serving = serving
        self.transitions = transitions
        self.evaluations = evaluations
        self.accounts = accounts
        self.now = now
        self.wake = wake
        self.randomBytes = randomBytes
        registrations = RegistrationService(registry: registry, artifacts: artifacts, policies: policies)
        copies = CopyService(registry: registry, registrations: registrations, trusted: TrustedLog.named(trustedLogs))
        adoptions = AdoptionService(transitions)
        promotions = PromotionService(evaluations)
        reviews = ReviewService(evaluations, randomBytes: randomBytes)
        aliases = AliasService(registry: registry, transitions: transitions)
        datasets = DatasetService(registry: registry, artifacts: artifacts)
        erasures = ErasureService(transitions, accounts: accounts, others: PersonColumn.ofEvents)
        bundles = BundlePages(store: registry.store, proofs: { try AuditBundle.Proofs(auditLog) }, now: now)
        policyEdits = PolicyEditService(registry: registry, transitions: transitions)
        backtests = BacktestService(store: registry.store, policies: policies)
        waivers = WaiverService(transitions)
        breakGlass = BreakGlassService(transitions)
        rollbacks = RollbackService(transitions)
        deployments = DeploymentService(transitions)
        afterReviews = AfterTheFactService(transitions)
    }
}

extension PersonColumn {
    fileprivate static let ofEvents = [
        PersonColumn("webhook", "created_by"),
        PersonColumn(
            documents: "event", "body",
            remains: """
                every webhook is sent an event as it was written; it is kept until \(DeliveryRetention.daysKept) days after its last \
                delivery has ended
                """),
    ]
}
