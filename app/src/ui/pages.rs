//! What is read page by page, newest first, while the newest page is loaded again and again.

/// Takes a page: the newest one, below which what is older stays where the two join, or the one that follows
/// `before`. Tells whether the page's end is now the end of all.
pub fn take<T, K: PartialEq>(known: &mut Vec<T>, mut page: Vec<T>, before: Option<K>, key: impl Fn(&T) -> K) -> bool {
    if before.is_some() {
        let follows = known.last().map(key) == before;
        if follows {
            known.append(&mut page);
        }
        return follows;
    }
    let last = page.last().map(&key);
    let joins = known.iter().position(|one| Some(key(one)) == last).map_or(known.len(), |place| place + 1);
    let mut rest = known.split_off(joins);
    *known = page;
    known.append(&mut rest);
    known.last().map(key) == last
}

#[cfg(test)]
mod tests {
    use super::take;

    #[test]
    fn pages_join_and_one_that_follows_something_else_is_left() {
        let mut known = Vec::new();
        assert!(take(&mut known, vec![9, 8], None, |n| *n));
        assert!(take(&mut known, vec![7, 6], Some(8), |n| *n));
        assert!(!take(&mut known, vec![7, 6], Some(8), |n| *n), "asked for twice");
        assert!(!take(&mut known, vec![10, 9], None, |n| *n), "what is older stays");
        assert_eq!(known, [10, 9, 8, 7, 6]);
        assert!(take(&mut known, vec![20, 19], None, |n| *n), "where nothing joins, it begins anew");
        assert_eq!(known, [20, 19]);
    }
}
