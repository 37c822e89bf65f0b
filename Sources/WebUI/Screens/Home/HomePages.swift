struct HomePages {
    func add(to pages: Pages) {
        pages.page("/") { page in try await HomeScreen.load(page) }
    }
}
