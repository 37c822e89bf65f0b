import Storage

extension Migration {
    /// Lists of promotions and reviews, newest first, stay fast however many there are.
    static let lists = Migration("promotions_0014_lists") { _ in
        [
            "CREATE INDEX promotion_by_time ON promotion (requested_at, id)",
            "CREATE INDEX promotion_by_state_and_time ON promotion (state, requested_at, id)",
            "CREATE INDEX promotion_by_model ON promotion (model, requested_at, id)",
            "CREATE INDEX review_by_state ON review (state, requested_at)",
        ]
    }
}
