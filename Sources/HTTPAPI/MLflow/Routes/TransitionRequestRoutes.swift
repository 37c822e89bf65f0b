import Access
import GatehouseCore
import Promotions
import Registry
import Storage
import WireAPI

/// Databricks' calls about transition requests, on promotions and their reviews: a request is a promotion that is not decided,
/// to approve or reject one is to answer the review that the caller was asked for.
struct TransitionRequestRoutes {
    let services: APIServices

    func add(to routes: MLflowRouteTable) {
        routes.post("transition-requests/create") { call in
            try call.caller.require(.read)
            let name = try call.fields.modelName()
            let stage = try call.fields.stage(call.fields.requiredText("stage"))
            let promotion = try await services.promotions.open(
                name, call.fields.versionNumber(of: name), to: stage, by: call.caller, reason: call.fields.text("comment"))
            services.wake()
            return MLflowAnswer.object { json in
                json.key("request")
                Self.write(promotion, to: &json)
            }
        }
        routes.get("transition-requests/list") { call in
            try call.caller.require(.read)
            let name = try call.fields.modelName()
            let number = try call.fields.versionNumber(of: name)
            let open = try await services.store.read { tx in
                _ = try tx.requiredVersion(number, of: name)
                return try tx.openPromotions(of: name, number)
            }
            return MLflowAnswer.object { json in
                json.member("requests", unlessEmpty: open) { Self.write($1, to: &$0) }
            }
        }
        routes.post("transition-requests/approve") { call in
            let (promotion, review) = try await asked(call)
            // Their approvals are a click; ours end a questionnaire, whose token is the proof.
            guard let token = try call.fields.text("comment"), !token.isEmpty else {
                throw GatehouseError(
                    .invalidArgument, "An approval takes the token of the completed questionnaire, as the comment.",
                    hint: "gatehouse review open \(review.id)")
            }
            let approved = try await services.reviews.approve(review.id, token: token, by: call.caller)
            return Self.activity("APPROVED_REQUEST", promotion, approved)
        }
        routes.post("transition-requests/reject") { call in
            let (promotion, review) = try await asked(call)
            let rejected = try await services.reviews.reject(
                review.id, reason: call.fields.text("comment") ?? "", by: call.caller)
            return Self.activity("REJECTED_REQUEST", promotion, rejected)
        }
        routes.delete("transition-requests/delete") { call in
            try call.caller.require(.read)
            throw GatehouseError(
                .invalidArgument, "A promotion is not taken back: its reviewers reject it, or it expires.",
                hint: "gatehouse review list")
        }
    }

    /// The open promotion that the call means, and the review in it that the caller was asked for. Fails with `notFound` and
    /// with `forbidden`.
    private func asked(_ call: MLflowCall) async throws -> (Promotion, Review) {
        try call.caller.require(.read)
        let name = try call.fields.modelName()
        let number = try call.fields.versionNumber(of: name)
        let stage = try call.fields.stage(call.fields.requiredText("stage"))
        let principal = call.caller.principal
        return try await services.store.read { tx in
            let open = try tx.openPromotions(of: name, number).filter { $0.to == stage }
            guard !open.isEmpty else {
                throw GatehouseError(
                    .notFound, "No transition of \(name) v\(number) to \(stage) is requested.",
                    hint: "gatehouse promote \(name) \(number)")
            }
            for promotion in open {
                let review = try tx.reviews(of: promotion.id).first { $0.reviewer == principal && $0.state.isOpen }
                if let review { return (promotion, review) }
            }
            throw GatehouseError(
                .forbidden, "You were not asked to review the transition of \(name) v\(number) to \(stage).",
                hint: "gatehouse review list --model \(name)")
        }
    }

    private static func write(_ promotion: Promotion, to json: inout JSONWriter) {
        json.object {
            $0.member("id", promotion.id)
            $0.member("to_stage", promotion.to.rawValue)
            $0.member("user_id", promotion.requestedBy.text)
            $0.member("creation_timestamp", promotion.requestedAt.milliseconds)
            $0.member("comment", promotion.requestReason)
            // Where theirs have no word: what became of it so far.
            $0.member("state", promotion.state.rawValue)
            $0.member("reason", promotion.reason.isEmpty ? nil : promotion.reason)
        }
    }

    private static func activity(_ kind: String, _ promotion: Promotion, _ review: Review) -> MLflowAnswer {
        MLflowAnswer.object { json in
            json.key("activity")
            json.object {
                $0.member("id", review.id)
                $0.member("activity_type", kind)
                $0.member("to_stage", promotion.to.rawValue)
                $0.member("user_id", review.reviewer.text)
                $0.member("creation_timestamp", review.decidedAt?.milliseconds)
                $0.member("comment", review.reason)
            }
        }
    }
}
