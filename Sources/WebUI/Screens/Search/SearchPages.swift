/// One field for everything that has a page.
struct SearchPages {
    func add(to pages: Pages) {
        pages.page("search") { page in try await SearchScreen.load(page) }
    }
}
