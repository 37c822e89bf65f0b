/// Models and their versions.
struct ModelPages {
    func add(to pages: Pages) {
        pages.page("models") { page in try await ModelsScreen.load(page) }
    }
}
