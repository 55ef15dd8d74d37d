//! Limits that the server tells, and a share of them that is left to others.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering::SeqCst},
};

use super::project::{Project, Says, Script, input, summary};

/// A bulk request that is accepted, with so many left of ten.
fn accepted(number: usize, size: usize, remaining: usize, opens_in: i64) -> Says {
    let at = chrono::Utc::now().timestamp() + opens_in;
    let header = |value: String| -> &'static str { value.leak() };
    Says::Answer(
        202,
        vec![
            ("x-rate-limit-limit", "10"),
            ("x-rate-limit-remaining", header(remaining.to_string())),
            ("x-rate-limit-retry", header(at.to_string())),
        ],
        format!(r#"{{"async_action_id":"aa_{number}_{size}"}}"#),
    )
}

fn one_each(batches: u32) -> crate::workdir::Workdir {
    let numbers: Vec<[u32; 1]> = (1..=batches).map(|number| [number]).collect();
    input(&numbers.iter().map(|batch| &batch[..]).collect::<Vec<_>>())
}

/// The first window of ten has nothing left after three POSTs, the second one after all.
fn windows() -> Project {
    Project::posting(|number, customers| {
        let (remaining, opens_in) = match number {
            1 => (2, 0),
            2 => (1, 2),
            3 => (0, 2),
            _ => (13 - number, 0),
        };
        Some(accepted(number, customers.len(), remaining, opens_in))
    })
}

#[test]
fn nobody_posts_while_a_limit_is_known_to_be_used_up() {
    let (workdir, project) = (one_each(5), windows());
    let started = std::time::Instant::now();
    workdir.check(&mut project.upload(&workdir, &[]), 0);
    assert_eq!(project.posts(), 5, "and so nobody is refused");
    assert!(started.elapsed().as_secs_f64() > 0.9, "the window was waited for");
}

/// Clocks of whole seconds: what opens in the second that the answer was given in may open at its end.
#[test]
fn a_second_that_is_named_is_waited_for_to_its_end() {
    let posts = Arc::new(std::sync::Mutex::new(Vec::new()));
    let seen = posts.clone();
    let project = Project::posting(move |number, customers| {
        seen.lock().unwrap().push(std::time::Instant::now());
        let Says::Answer(status, mut headers, body) =
            accepted(number, customers.len(), 2_usize.saturating_sub(number), 0)
        else {
            return None;
        };
        headers.retain(|(name, _)| *name != "x-rate-limit-retry");
        headers.extend([("date", "Sun, 09 Sep 2001 01:46:40 GMT"), ("x-rate-limit-retry", "1000000000")]);
        (number <= 2).then_some(Says::Answer(status, headers, body))
    });
    let workdir = one_each(3);
    workdir.check(&mut project.upload(&workdir, &[]), 0);
    let posts = posts.lock().unwrap();
    assert_eq!(posts.len(), 3);
    assert!(posts[2] - posts[1] >= std::time::Duration::from_millis(990), "{:?}", posts[2] - posts[1]);
}

#[test]
fn a_reserve_is_left_to_others() {
    let (workdir, project) = (one_each(3), windows());
    let mut child =
        project.upload(&workdir, &["--reserve", "20%"]).stdout(std::process::Stdio::piped()).spawn().unwrap();
    super::eventually("the first POST", || project.posts() >= 1);
    // Two of ten are the reserve, and two are left: nothing more goes out in this window, of which nobody tells the end.
    std::thread::sleep(std::time::Duration::from_millis(1_500));
    assert_eq!(project.posts(), 1);
    child.kill().unwrap();
    child.wait().unwrap();
    workdir.check(&mut project.upload(&workdir, &[]), 0);
    assert_eq!(project.posts(), 3);
}

#[test]
fn a_plan_tells_what_the_limits_cost() {
    let workdir = one_each(30);
    let headers = vec![("x-rate-limit-limit", "100"), ("x-rate-limit-remaining", "40"), ("x-rate-limit-retry", "0")];
    let checked = Some(Says::Answer(200, headers, r#"{"async_actions":[]}"#.into()));
    let project = Project::start(Script { checked, ..Script::default() });
    for (flags, seconds) in [
        (&[][..], 3_600),
        (&["--bulk-per-hour", "40"], 3_600),
        (&["--bulk-per-hour", "10"], 7_200),
        (&["--bulk-per-hour", "5", "--reserve", "30%"], 18_000),
    ] {
        let plan = workdir.check(&mut project.upload(&workdir, &[&["--dry-run"], flags].concat()), 0);
        let plan = summary(&plan.stdout);
        assert_eq!((&plan["posts"], &plan["other_calls"], &plan["remaining"]), (&30.into(), &31.into(), &40.into()));
        assert_eq!(plan["shortest_seconds"], seconds, "{flags:?}");
    }
    assert_eq!(project.posts(), 0);
}

#[test]
fn bulk_requests_that_have_to_wait_hold_up_no_questions() {
    let (asked, early) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicBool::new(false)));
    let (asking, posting) = (asked.clone(), early.clone());
    let project = Project::start(Script {
        posted: Box::new(move |number, _| {
            if number == 3 {
                posting.store(asked.load(SeqCst), SeqCst);
            }
            let headers = vec![("x-rate-limit-type", "bulk_api_calls"), ("retry-after", "3")];
            (number == 2).then(|| Says::Answer(429, headers, "{}".into()))
        }),
        asked: Box::new(move |_, id| {
            asking.fetch_or(id.starts_with("aa_1_"), SeqCst);
            None
        }),
        ..Script::default()
    });
    let workdir = one_each(2);
    workdir.check(&mut project.upload(&workdir, &[]), 0);
    assert_eq!(project.posts(), 3);
    assert!(early.load(SeqCst), "the first was asked about while the second waited");
}

#[test]
fn one_call_asks_about_all_where_the_oldest_does_not_end() {
    let oldest = std::sync::atomic::AtomicUsize::new(0);
    let project = Project::start(Script {
        asked: Box::new(move |_, id| {
            let stays = id.starts_with("aa_1_") && oldest.fetch_add(1, std::sync::atomic::Ordering::SeqCst) < 5;
            stays.then(|| Says::Answer(200, vec![], r#"{"status":"IN_PROGRESS"}"#.into()))
        }),
        checked: Some(Says::Answer(
            200,
            vec![],
            r#"{"async_actions":[{"id":"aa_2_1","status":"DONE"},{"id":"aa_1_1","status":"IN_PROGRESS"},{"id":"aa_3_1","status":"DONE"}]}"#.into(),
        )),
        ..Script::default()
    });
    let workdir = one_each(3);
    workdir.check(&mut project.upload(&workdir, &[]), 0);
    let asked = project.take_asked();
    let count = |what: &str| asked.iter().filter(|asked| *asked == what).count();
    assert_eq!((count("aa_2_1"), count("aa_3_1"), count("list")), (1, 1, 2), "{asked:?}");
    let place = |what: &str| asked.iter().rposition(|asked| asked == what);
    assert!(place("aa_3_1") < place("aa_1_1"), "the others are known before the oldest: {asked:?}");
}
