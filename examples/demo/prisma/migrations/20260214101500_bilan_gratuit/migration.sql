-- AlterEnum
ALTER TYPE "AssessmentStatus" ADD VALUE 'FAILED';

-- AlterTable
ALTER TABLE "assessments" ADD COLUMN "ssn" DOUBLE PRECISION,
ADD COLUMN "error_code" TEXT;

-- CreateIndex
CREATE INDEX "assessments_subject_created_at_idx" ON "assessments"("subject", "created_at");
