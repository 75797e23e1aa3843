//! The user of a job's container, as far as its number is known. Pure.

use crate::engine::image::inspect::InspectedImage;
use crate::plan::job_plan::JobPlan;

/// The user that the job's container runs as, with a group after a colon: a name or a number; empty for root.
pub fn user<'a>(plan: &'a JobPlan, image: &'a InspectedImage) -> &'a str {
    let of_image = image.config.as_ref().and_then(|config| config.user.as_deref());
    plan.image.user.as_deref().or(of_image).unwrap_or_default()
}

/// The number of a user; `None` for a name other than `root`, which only the image's own list of users knows.
pub fn number(user: &str) -> Option<u64> {
    match user.split_once(':').map_or(user, |(name, _)| name) {
        "" | "root" => Some(0),
        name => name.parse::<u32>().ok().map(u64::from),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_number_of_a_user_is_known_of_root_and_of_numbers() {
        let numbers =
            ["", "root", "root:adm", "0:0", "1000", "1000:users", "node", "node:1000", "-1"].map(number);
        let (root, user) = (Some(0), Some(1000));
        assert_eq!(numbers, [root, root, root, root, user, user, None, None, None]);
    }
}
