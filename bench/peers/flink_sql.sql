-- The job in Flink SQL. Statements end in a semicolon; {readings} and {places} are paths.

CREATE TABLE readings (
  device STRING,
  `time` BIGINT,
  obscuration DOUBLE,
  temperature DOUBLE,
  arcs DOUBLE,
  ts AS TO_TIMESTAMP_LTZ(`time`, 3),
  WATERMARK FOR ts AS ts - INTERVAL '0.001' SECOND
) WITH ('connector' = 'filesystem', 'path' = '{readings}', 'format' = 'json');

CREATE TABLE places (
  device STRING,
  kind STRING,
  place STRING,
  since AS TO_TIMESTAMP_LTZ(0, 3),
  WATERMARK FOR since AS since,
  PRIMARY KEY (device) NOT ENFORCED
) WITH (
  'connector' = 'filesystem', 'path' = '{places}', 'format' = 'csv',
  'csv.ignore-parse-errors' = 'true'
);

-- hold: a hot reading, hot ones until 30 s are over, the first after that, all until a cold one.
-- One row per match: it comes when the alert is over, and an alert that is still up says nothing.
CREATE VIEW smoke AS SELECT * FROM readings WHERE obscuration IS NOT NULL;

CREATE VIEW holds AS
SELECT device, began + 30000 AS began, ended
FROM smoke
MATCH_RECOGNIZE (
  PARTITION BY device
  ORDER BY ts
  MEASURES A.`time` AS began, LAST(D.`time`) AS ended
  AFTER MATCH SKIP TO LAST D
  PATTERN (A B*? C*? D)
  DEFINE
    A AS A.obscuration >= 0.1,
    B AS B.obscuration >= 0.1 AND B.`time` < A.`time` + 30000,
    C AS C.obscuration >= 0.04 AND C.`time` >= A.`time` + 30000,
    D AS D.obscuration < 0.04 AND D.`time` >= A.`time` + 30000
);

-- count: among readings with sparks, the last but one before is near and the one before that is not.
CREATE VIEW counts AS
SELECT device, `time`, gone, oldest,
  `time` - oldest < 60000 AND (gone IS NULL OR `time` - gone > 60000) AS begins,
  before - gone < 60000 AND `time` > gone + 60000 AS had_ended
FROM (
  SELECT device, `time`,
    LAG(`time`, 1) OVER w AS before, LAG(`time`, 2) OVER w AS oldest, LAG(`time`, 3) OVER w AS gone
  FROM readings
  WHERE arcs >= 5
  WINDOW w AS (PARTITION BY device ORDER BY ts)
);

-- baseline: another form. A weighted mean hangs on its own last value, which SQL cannot say; this is
-- the mean and spread of the device's 240 newest readings of the hour, the judged one among them.
CREATE VIEW usual AS
SELECT device, `time`, ts,
  COUNT(*) OVER w > 120
    AND ABS(temperature - AVG(temperature) OVER w) > 4 * STDDEV_POP(temperature) OVER w AS far
FROM smoke
WINDOW w AS (
  PARTITION BY device, MOD(`time` / 3600000, 168) ORDER BY ts ROWS BETWEEN 240 PRECEDING AND CURRENT ROW
);

CREATE VIEW turns AS
SELECT device, `time`, far, LAG(far, 1, FALSE) OVER (PARTITION BY device ORDER BY ts) AS was_far
FROM usual;

-- together: when each was last met at the place, now and one reading before.
CREATE VIEW met AS
SELECT p.place, r.`time`, r.ts,
  CASE WHEN r.obscuration IS NOT NULL THEN r.`time` END AS smoky,
  CASE WHEN r.arcs IS NOT NULL THEN r.`time` END AS arcing
FROM readings AS r
JOIN places FOR SYSTEM_TIME AS OF r.ts AS p ON r.device = p.device
WHERE r.obscuration >= 0.06 OR r.arcs >= 3;

CREATE VIEW newest AS
SELECT place, `time`, ts, MAX(smoky) OVER w AS smoky, MAX(arcing) OVER w AS arcing
FROM met
WINDOW w AS (PARTITION BY place ORDER BY ts ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW);

CREATE VIEW meetings AS
SELECT place, `time`,
  ABS(smoky - arcing) <= 60000 AS is_on,
  ABS(was_smoky - was_arcing) <= 60000 AS was_on,
  LEAST(was_smoky, was_arcing) + 60000 AS due
FROM (
  SELECT place, `time`, smoky, arcing,
    LAG(smoky) OVER w AS was_smoky, LAG(arcing) OVER w AS was_arcing
  FROM newest
  WINDOW w AS (PARTITION BY place ORDER BY ts)
);

SELECT 'hold' AS rule, device AS subject, 'begin' AS what, began AS `time` FROM holds
UNION ALL SELECT 'hold', device, 'end', ended FROM holds
UNION ALL SELECT 'count', device, 'begin', `time` FROM counts WHERE begins
UNION ALL SELECT 'count', device, 'end', gone + 60000 FROM counts WHERE had_ended
UNION ALL SELECT 'baseline', device, CASE WHEN far THEN 'begin' ELSE 'end' END, `time`
  FROM turns WHERE far <> was_far
UNION ALL SELECT 'together', place, 'begin', `time` FROM meetings
  WHERE is_on AND (was_on IS NOT TRUE OR `time` > due)
UNION ALL SELECT 'together', place, 'end', due FROM meetings WHERE was_on AND `time` > due;
