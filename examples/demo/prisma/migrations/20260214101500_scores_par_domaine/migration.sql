-- CreateTable
CREATE TABLE IF NOT EXISTS "domain_scores" (
    "id" SERIAL NOT NULL,
    "assessment_id" TEXT NOT NULL,
    "domain" TEXT NOT NULL,
    "score" DOUBLE PRECISION NOT NULL,

    CONSTRAINT "domain_scores_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE UNIQUE INDEX "domain_scores_assessment_id_domain_key" ON "domain_scores"("assessment_id", "domain");

-- AddForeignKey
ALTER TABLE "domain_scores" ADD CONSTRAINT "domain_scores_assessment_id_fkey"
    FOREIGN KEY ("assessment_id") REFERENCES "assessments"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- A rule that was written by hand: it may be there already.
DO $$
BEGIN
    IF NOT EXISTS (SELECT 1 FROM pg_constraint WHERE conname = 'domain_scores_score_check') THEN
        ALTER TABLE "domain_scores" ADD CONSTRAINT "domain_scores_score_check" CHECK ("score" >= 0 AND "score" <= 20);
    END IF;
END
$$;
