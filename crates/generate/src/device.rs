use crate::country::Country;
use crate::rng::{Rng, Stream};
use crate::road::METRES_PER_DEGREE;
use crate::rows::{Columns, Ping};
use crate::vehicle::Vehicle;

/// Milliseconds in a day.
pub(crate) const DAY_MS: i64 = 86_400_000;

/// Pings of one stay on the road or at rest, about.
const SESSION: u32 = 48;

/// How its owner uses a device: how busy its hours are, how often it reports, how far it goes.
struct Habits {
    hours: [u16; 24],
    intervals_s: [u16; 4],
    /// Probability that a trip leads to another city.
    roaming: f64,
    /// Pings on an active day, least and most.
    pings: (u32, u32),
    /// Probability of an active day in the week and on the weekend.
    active: (f64, f64),
}

const PRIVATE: Habits = Habits {
    hours: [
        4, 2, 1, 1, 3, 10, 30, 60, 55, 35, 30, 32, 36, 34, 34, 40, 55, 62, 50, 34, 24, 18, 14, 8,
    ],
    intervals_s: [1, 3, 5, 10],
    roaming: 0.04,
    pings: (60, 260),
    active: (0.85, 0.60),
};

const WORKING: Habits = Habits {
    hours: [
        4, 3, 3, 4, 8, 18, 40, 58, 64, 64, 62, 58, 50, 56, 60, 60, 56, 48, 36, 26, 18, 12, 8, 6,
    ],
    intervals_s: [5, 10, 15, 30],
    roaming: 0.12,
    pings: (300, 700),
    active: (0.95, 0.35),
};

const NIGHT: Habits = Habits {
    hours: [
        60, 56, 50, 44, 36, 24, 10, 6, 4, 4, 4, 4, 4, 4, 4, 4, 6, 10, 20, 36, 50, 58, 62, 64,
    ],
    intervals_s: [5, 10, 20, 60],
    roaming: 0.20,
    pings: (300, 700),
    active: (0.80, 0.80),
};

impl Habits {
    fn of(rng: &mut Rng) -> &'static Self {
        match rng.below(10) {
            0..6 => &PRIVATE,
            6..9 => &WORKING,
            _ => &NIGHT,
        }
    }

    /// The local millisecond before which the share `u` of the day's activity lies.
    fn moment(&self, u: f64) -> i64 {
        let total: u32 = self.hours.iter().map(|&h| u32::from(h)).sum();
        let mut left = u * f64::from(total);
        for (hour, &busy) in (0i64..).zip(&self.hours) {
            let busy = f64::from(busy);
            if left < busy {
                #[expect(
                    clippy::cast_possible_truncation,
                    reason = "a share of an hour, below 3.6 million"
                )]
                let within = (left / busy * 3_600_000.0) as i64;
                return hour * 3_600_000 + within;
            }
            left -= busy;
        }
        DAY_MS
    }
}

/// How many pings a device would send on a day: its weight when the day's points are shared out.
pub(crate) fn weight(seed: u64, day: u32, device: u64, weekend: bool) -> u64 {
    let habits = Habits::of(&mut Rng::keyed(seed, Stream::Habit, device, 0));
    let mut rng = Rng::keyed(seed, Stream::Weight, u64::from(day), device);
    if !rng.chance(if weekend {
        habits.active.1
    } else {
        habits.active.0
    }) {
        return 0;
    }
    let (least, most) = habits.pings;
    u64::from(least + rng.below(most - least))
}

/// One device on one local day: sends exactly its share of the day's points, upload by upload.
pub(crate) struct DeviceDay {
    device: i32,
    habits: &'static Habits,
    rng: Rng,
    vehicle: Vehicle,
    trip_base: i64,
    /// Local midnight as UTC milliseconds.
    midnight: i64,
    pings: u32,
    session: u32,
    sessions: u32,
    /// A share of a session for each session's beginning, fixed ahead.
    starts: Rng,
    next_start: i64,
    session_left: u32,
    upload: u32,
    /// Local milliseconds of the next ping.
    clock: i64,
    interval: i64,
    sigma: f64,
    drift: (f64, f64),
    whole_seconds: bool,
    knows_speed: bool,
}

impl DeviceDay {
    /// `device` counts from 0; `trip_base` is below all trip ids of this device and day.
    pub(crate) fn new(
        country: &Country,
        seed: u64,
        (day, midnight): (u32, i64),
        device: u64,
        trip_base: i64,
        pings: u32,
    ) -> Self {
        let mut habit = Rng::keyed(seed, Stream::Habit, device, 0);
        let habits = Habits::of(&mut habit);
        let home = country.home(&mut habit);
        let door = country.cities[home].crossing(&mut habit);
        let mut new = Self {
            device: i32::try_from(device + 1).unwrap_or(i32::MAX),
            habits,
            rng: Rng::keyed(seed, Stream::DeviceDay, u64::from(day), device),
            vehicle: Vehicle::parked(home, door),
            trip_base,
            midnight,
            pings,
            session: 0,
            sessions: pings / SESSION + 1,
            starts: Rng::keyed(seed, Stream::Sessions, u64::from(day), device),
            next_start: 0,
            session_left: 0,
            upload: 0,
            clock: 0,
            interval: 1,
            sigma: habit.between(3.0, 8.0),
            drift: (0.0, 0.0),
            whole_seconds: habit.chance(0.5),
            knows_speed: habit.chance(0.97),
        };
        new.next_start = new.start_of(0);
        new
    }

    /// Plans the next upload; returns the local millisecond at which it arrives, None when all is sent.
    pub(crate) fn plan_upload(&mut self, country: &Country) -> Option<i64> {
        if self.session_left == 0 {
            if self.session == self.sessions {
                return None;
            }
            self.open_session(country);
        }
        self.upload = self.session_left.min(8 + self.rng.below(33));
        let seconds = if self.rng.chance(0.02) {
            self.rng.between(60.0, 1_800.0) // out of coverage
        } else {
            self.rng.between(0.2, 5.0)
        };
        #[expect(clippy::cast_possible_truncation, reason = "half an hour at most")]
        let delay = (seconds * 1_000.0) as i64;
        Some(self.clock + i64::from(self.upload - 1) * self.interval + delay)
    }

    /// The beginning of a session: sessions are equally likely pieces of the day's activity.
    fn start_of(&mut self, session: u32) -> i64 {
        if session == self.sessions {
            return DAY_MS;
        }
        let within = 0.7 * self.starts.unit();
        self.habits
            .moment((f64::from(session) + within) / f64::from(self.sessions))
    }

    fn open_session(&mut self, country: &Country) {
        let until = |session: u32| {
            let pings = u64::from(self.pings) * u64::from(session) / u64::from(self.sessions);
            u32::try_from(pings).unwrap_or(u32::MAX)
        };
        self.session_left = until(self.session + 1) - until(self.session);
        self.session += 1;
        self.clock = self.next_start;
        self.next_start = self.start_of(self.session);
        let mut interval_s = self.habits.intervals_s[self.rng.index(4)];
        if self.vehicle.is_parked() {
            if self.rng.chance(0.85) {
                self.vehicle
                    .begin_trip(country, self.habits.roaming, &mut self.rng);
            } else {
                interval_s = 60;
            }
        }
        // The session ends before the next begins, however many pings it was given.
        let room = (self.next_start - self.clock) / (i64::from(self.session_left) + 1);
        self.interval = (i64::from(interval_s) * 1_000).min(room).max(1);
    }

    /// Sends the upload that was planned.
    pub(crate) fn send_upload(&mut self, country: &Country, columns: &mut Columns) {
        for _ in 0..self.upload {
            if self.vehicle.is_parked() && self.rng.chance(0.04) {
                self.vehicle
                    .begin_trip(country, self.habits.roaming, &mut self.rng);
            }
            self.vehicle
                .drive(country, self.interval as f64 / 1_000.0, &mut self.rng);
            let ping = self.ping(country);
            columns.push(&ping);
            self.clock += self.interval;
        }
        self.session_left -= self.upload;
    }

    /// What the receiver reports of where the vehicle is.
    fn ping(&mut self, country: &Country) -> Ping {
        let place = self.vehicle.place(country);
        let moving = place.speed > 0.5;
        let rare = self.rng.next();
        // Between high houses a fix is bad now and then.
        let sigma = if rare >> 57 == 0 {
            5.0 * self.sigma
        } else {
            self.sigma
        };
        let (east, north) = self.rng.bells();
        let (turn, pace) = self.rng.bells();
        self.drift = (
            0.9 * self.drift.0 + 0.43 * east * sigma,
            0.9 * self.drift.1 + 0.43 * north * sigma,
        );
        let lon = place.lon + self.drift.0 * place.lon_per_metre;
        let lat = place.lat + self.drift.1 / METRES_PER_DEGREE;
        let (heading, speed) = if moving {
            (
                place.heading + 2.5 * turn,
                (place.speed + 0.2 * pace).max(0.0),
            )
        } else {
            (place.heading, 0.0)
        };
        let mut local = self.clock.min(DAY_MS - 1);
        if self.interval >= 1_000 {
            // Loggers tick by the second; phones answer some milliseconds after they were asked.
            let late = ((rare >> 18) & 63).cast_signed();
            local = if self.whole_seconds {
                local - local % 1_000
            } else {
                (local + late).min(DAY_MS - 1)
            };
        }
        Ping {
            device: self.device,
            time: self.midnight + local,
            lon,
            lat,
            speed: self.knows_speed.then_some(speed),
            heading,
            altitude: country.height(lon, lat) + 6.0 * (turn + pace),
            accuracy: sigma + 1.5 * turn.abs(),
            trip: (!self.vehicle.is_parked())
                .then(|| self.trip_base + i64::from(self.vehicle.trips)),
            moving,
            rare,
        }
    }
}
